import { inWords } from '../../qemu/memory/pages.js';
import type { Facts, Limit } from './facts.js';
import { type Found, ok, warning } from './finding.js';

/** Less than any guest's memory, so that no device can be given to it. */
const TOO_LITTLE = 256 * 1024 ** 2;

/** vfio locks all of a guest's memory. libvirt, as root, raises QEMU's limit; for plain QEMU nobody does. */
export function* memlock({ limits, purpose }: Facts): Iterable<Found> {
  const told = limits.map((one) => `${one.of}: ${words(one)}`).join(', ');
  const evidence = `/proc/PID/limits: ${told || 'not told'}`;
  const own = limits.find(({ of }) => of === 'this command');
  if (purpose !== 'sriov' || own?.bytes === undefined || own.bytes >= TOO_LITTLE) {
    yield ok('limit for locked memory', evidence);
    return;
  }
  yield warning(
    `plain QEMU started from here may lock ${inWords(own.bytes)}: too little for a VF`,
    evidence,
    "'ulimit -l unlimited' as root, or a line 'USER - memlock unlimited' in /etc/security/limits.d; libvirt raises it by itself",
  );
}

function words({ bytes }: Limit): string {
  return bytes === undefined ? 'no limit' : inWords(bytes);
}
