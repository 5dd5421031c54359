import type { Guest } from './guest.js';
import { type Problem, pathText, quote } from './problems.js';

type Check = (guest: Guest) => Problem[];

/** What the values of a guest must be to each other. */
export const CHECKS: readonly Check[] = [
  memoryFitsPages,
  memoryIsCountable,
  hostCpuNeedsKvm,
  somethingBoots,
  tapMacsAreAllowed,
  pathsAreApart,
  macsAreApart,
  targetsAreApart,
];

export function check(guest: Guest): Problem[] {
  return CHECKS.flatMap((one) => one(guest));
}

function memoryFitsPages({ memory: { bytes, pageBytes } }: Guest): Problem[] {
  if (pageBytes === undefined || bytes % pageBytes === 0) return [];
  const page = pageBytes === 2 ** 30 ? '1GiB' : '2MiB';
  const problem = `${bytes / 2 ** 20}MiB is not a multiple of the huge pages' ${page}`;
  return [{ path: ['memory', 'size'], problem, remedy: `give a multiple of ${page}` }];
}

// libvirt counts KiB in 64 bits, QEMU maps at most 2^52 bytes on x86; beyond that the number is a slip of the pen.
function memoryIsCountable({ memory: { bytes } }: Guest): Problem[] {
  if (bytes <= 2 ** 52) return [];
  return [
    { path: ['memory'], problem: 'is more than x86 can address', remedy: 'give less than 4096TiB' },
  ];
}

// libvirt 9.0: "CPU mode 'host-passthrough' … is not supported by hypervisor".
function hostCpuNeedsKvm({ cpu, accel }: Guest): Problem[] {
  if (accel === 'kvm' || cpu.mode !== 'host') return [];
  const problem = "the host's CPU cannot be given to a guest that QEMU emulates";
  return [{ path: ['cpu'], problem, remedy: 'leave cpu out, or use accel: kvm' }];
}

function somethingBoots({ boot, disks }: Guest): Problem[] {
  if (boot !== undefined || disks.length > 0) return [];
  return [
    { path: [], problem: 'the guest has nothing to boot from', remedy: 'add disks or boot.kernel' },
  ];
}

// libvirt sets the first octet of the host's end of a tap to fe and refuses a guest that has it (virnetdevtap.c).
function tapMacsAreAllowed({ interfaces }: Guest): Problem[] {
  return interfaces.flatMap((nic, index) =>
    nic.type !== 'vhost-user' && nic.mac.startsWith('fe:')
      ? [
          {
            path: ['interfaces', index, 'mac'],
            problem: `${quote(nic.mac)} begins with fe, which libvirt keeps for taps`,
            remedy: 'give another first octet, such as 52',
          },
        ]
      : [],
  );
}

/** Two users of one file or socket would destroy each other's data, or take each other's connection. */
function pathsAreApart({ disks, interfaces, serials }: Guest): Problem[] {
  return apart([
    ...disks.map((disk, i) => ({ path: ['disks', i, disk.source], value: disk.path })),
    ...interfaces.flatMap((nic, i) =>
      nic.type === 'vhost-user' ? [{ path: ['interfaces', i, 'socket'], value: nic.socket }] : [],
    ),
    ...serials.flatMap((serial, i) =>
      serial.type === 'pty' ? [] : [{ path: ['serials', i, serial.type], value: serial.path }],
    ),
  ]);
}

function macsAreApart({ interfaces }: Guest): Problem[] {
  return apart(interfaces.map((nic, i) => ({ path: ['interfaces', i, 'mac'], value: nic.mac })));
}

function targetsAreApart({ disks }: Guest): Problem[] {
  return apart(disks.map((disk, i) => ({ path: ['disks', i, 'target'], value: disk.target })));
}

function apart(uses: readonly { path: PropertyKey[]; value: string }[]): Problem[] {
  const users = new Map<string, PropertyKey[]>();
  const problems: Problem[] = [];
  for (const { path, value } of uses) {
    const other = users.get(value);
    if (other === undefined) users.set(value, path);
    else {
      const problem = `${quote(value)} is already used by ${pathText(other)}`;
      problems.push({ path, problem, remedy: 'give each its own' });
    }
  }
  return problems;
}
