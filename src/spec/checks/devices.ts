import { type Problem, quote } from '../../values/problems.js';
import type { Guest } from '../guest.js';
import { HYPERV_NEEDS } from '../hyperv.js';

/** Enlightenments are KVM's, and QEMU wants some of them together. */
export function hypervGoesTogether({ features: { hyperv }, accel }: Guest): Problem[] {
  if (hyperv === undefined) return [];
  const path = ['features', 'hyperv'];
  if (accel !== 'kvm') {
    const problem = 'a guest that QEMU emulates has no enlightenments';
    return [{ path, problem, remedy: 'leave it out, or use accel: kvm' }];
  }
  if (hyperv === 'passthrough') return [];
  const twice = hyperv.find((one, i) => hyperv.indexOf(one) !== i);
  if (twice !== undefined) {
    return [{ path, problem: `${twice} is there twice`, remedy: 'name it once' }];
  }
  return hyperv.flatMap((one) => {
    const missing = HYPERV_NEEDS[one]?.filter((needed) => !hyperv.includes(needed)) ?? [];
    if (missing.length === 0) return [];
    return [{ path, problem: `${one} needs ${missing.join(', ')}`, remedy: 'name it, too' }];
  });
}

/** libvirt 9.0: "maxvcpus must not be less than current vcpus". */
export function currentIsNotMore({ vcpus, currentVcpus, memory }: Guest): Problem[] {
  const problems: Problem[] = [];
  if ((currentVcpus ?? 0) > vcpus) {
    const problem = `${currentVcpus} is more than the maximum, ${vcpus}`;
    problems.push({ path: ['vcpus', 'current'], problem, remedy: 'give no more' });
  }
  if ((memory.currentBytes ?? 0) > memory.bytes) {
    const problem = 'is more than size';
    problems.push({ path: ['memory', 'current'], problem, remedy: 'give no more' });
  }
  return problems;
}

/** Less memory than it has comes from the balloon, which some guests have not (domain/build/devices/balloon.ts). */
export function balloonIsThere(guest: Guest): Problem[] {
  if (guest.memory.currentBytes === undefined || !withoutBalloon(guest)) return [];
  const problem = 'a guest with huge pages or devices of the host keeps all its memory';
  return [{ path: ['memory', 'current'], problem, remedy: 'leave it out' }];
}

/**
 * A balloon gives back small pages, so it is useless with huge pages, and with a device of the host, for which all
 * memory is pinned.
 */
export function withoutBalloon({ memory: { pageBytes }, interfaces, hostdevs }: Guest): boolean {
  const vf = interfaces.some(({ type }) => type === 'vf' || type === 'vf-pool');
  return vf || hostdevs.some(({ type }) => type !== 'usb') || pageBytes !== undefined;
}

/** QEMU refuses a second device of that name. */
export function tagsAreApart({ filesystems }: Guest): Problem[] {
  return filesystems.flatMap(({ target }, i) => {
    if (filesystems.findIndex((one) => one.target === target) === i) return [];
    const problem = `${quote(target)} is there twice`;
    return [{ path: ['filesystems', i, 'target'], problem, remedy: 'give each its own' }];
  });
}

/** libvirt 9.0: "qemu driver doesn't support 'onReboot' set to 'destroy and 'onPoweroff' set to 'reboot'". */
export function endsGoTogether({ events: { poweroff, reboot } }: Guest): Problem[] {
  if (poweroff !== 'restart' || reboot !== 'destroy') return [];
  const problem = 'QEMU cannot end at a reboot and start again at a power-off';
  return [{ path: ['events', 'reboot'], problem, remedy: 'give restart, or poweroff: destroy' }];
}

/** A period is of a quota. */
export function periodHasQuota({ cputune: { period, quota } }: Guest): Problem[] {
  if (period === undefined || quota !== undefined) return [];
  const problem = 'has no meaning without quota';
  return [{ path: ['cputune', 'period'], problem, remedy: 'give quota, too' }];
}
