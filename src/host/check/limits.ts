import { inWords } from '../../qemu/memory/pages.js';
import { readMemlock } from '../../system/memory/memlock.js';
import { type Check, type FactsOf, MILD, type View } from './check.js';
import { type Found, ok, warning } from './finding.js';
import { daemon, purpose } from './shared.js';

/** A limit for locked memory. */
export interface Limit {
  /** The process that it is for: `this command`, `libvirtd`. */
  of: string;
  /** In bytes; absent if there is no limit. */
  bytes?: number;
}

async function readLimits({ host, fact }: View): Promise<readonly Limit[]> {
  const { running } = await fact(daemon);
  const whose = [
    ['this command', 'self'],
    ...running.map(({ name, pid }) => [name, pid] as const),
  ] as const;
  return whose.flatMap(([of, process]): Limit[] => {
    const bytes = readMemlock(process, host);
    if (bytes === undefined) return [];
    return [Number.isFinite(bytes) ? { of, bytes } : { of }];
  });
}

const READS = { limits: readLimits, purpose };

export const memlock: Check<typeof READS> = { name: 'memlock', levels: MILD, reads: READS, judge };

/** Less than any guest's memory, so no guest can get a device. */
const TOO_LITTLE = 256 * 1024 ** 2;

/** vfio locks all of a guest's memory. libvirt, as root, raises QEMU's limit; nobody does so for plain QEMU. */
function* judge({ limits, purpose }: FactsOf<typeof READS>): Iterable<Found> {
  const described = limits.map((one) => `${one.of}: ${limitText(one)}`).join(', ');
  const evidence = `/proc/PID/limits: ${described || 'unknown'}`;
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

function limitText({ bytes }: Limit): string {
  return bytes === undefined ? 'no limit' : inWords(bytes);
}
