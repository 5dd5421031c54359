import { regionTrouble } from '../../values/memory-regions.js';
import { type Problem, pathText, quote } from '../../values/problems.js';
import type { Disk, Guest } from '../guest.js';
import {
  cellsCover,
  featuresAreApart,
  iothreadsExist,
  nodesAreClear,
  pinsFit,
  topologyFits,
} from './cpus.js';
import {
  balloonIsThere,
  currentIsNotMore,
  endsGoTogether,
  hypervGoesTogether,
  periodHasQuota,
  tagsAreApart,
} from './devices.js';
import {
  aNetworkSaysTheVlan,
  guestAddressesAreForCards,
  isOneTeam,
  onlyClientsReconnect,
  portSettingsGoTogether,
  tapMacsAreAllowed,
  teamsAreNotPinned,
  teamsArePairs,
} from './nics.js';
import { nvdimmsHaveCells, nvdimmsNeedAPc, privateNvdimmsAreAlone } from './nvdimms.js';

type Check = (guest: Guest) => Problem[];

/** Rules between the values of a guest. */
export const CHECKS: readonly Check[] = [
  memoryFitsPages,
  memoryIsCountable,
  memoryHasFewRegions,
  hostCpuNeedsKvm,
  topologyFits,
  featuresAreApart,
  cellsCover,
  nodesAreClear,
  pinsFit,
  iothreadsExist,
  somethingBoots,
  secureBootNeedsQ35,
  variablesNeedLoader,
  tapMacsAreAllowed,
  onlyClientsReconnect,
  aNetworkSaysTheVlan,
  portSettingsGoTogether,
  guestAddressesAreForCards,
  teamsArePairs,
  teamsAreNotPinned,
  pathsAreApart,
  macsAreApart,
  addressesAreApart,
  guestAddressesAreApart,
  targetsAreApart,
  hypervGoesTogether,
  currentIsNotMore,
  balloonIsThere,
  tagsAreApart,
  periodHasQuota,
  endsGoTogether,
  nvdimmsHaveCells,
  nvdimmsNeedAPc,
  privateNvdimmsAreAlone,
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

function memoryHasFewRegions(guest: Guest): Problem[] {
  const { cells, interfaces, machine, memory, nvdimms } = guest;
  if (!interfaces.some(({ type }) => type === 'vhost-user')) return [];
  const sizes = cells.length > 0 ? cells.map(({ bytes }) => bytes) : [memory.bytes];
  const trouble = regionTrouble({ machine, cells: sizes, plugged: nvdimms.length });
  return trouble ? [{ path: [nvdimms.length > 0 ? 'nvdimms' : 'numa'], ...trouble }] : [];
}

// libvirt counts KiB in 64 bits, QEMU maps at most 2^52 bytes on x86; a larger number is a typing error.
function memoryIsCountable({ memory: { bytes }, nvdimms }: Guest): Problem[] {
  const [problem, remedy] = ['is more than x86 can address', 'give less than 4096TiB'];
  if (bytes > 2 ** 52) return [{ path: ['memory'], problem, remedy }];
  const all = nvdimms.reduce((sum, one) => sum + one.bytes, bytes);
  if (all <= 2 ** 52) return [];
  return [{ path: ['nvdimms'], problem: `with memory it ${problem}`, remedy }];
}

// libvirt 9.0: "CPU mode 'host-passthrough' … is not supported by hypervisor".
function hostCpuNeedsKvm({ cpu, accel }: Guest): Problem[] {
  if (accel === 'kvm' || cpu.mode !== 'host') return [];
  const problem = "the host's CPU cannot be given to a guest that QEMU emulates";
  return [{ path: ['cpu'], problem, remedy: 'leave cpu out, or use accel: kvm' }];
}

function somethingBoots({ boot, bootFrom, disks, interfaces }: Guest): Problem[] {
  if (boot !== undefined) {
    if (bootFrom.length === 0) return [];
    const problem = 'the guest has a kernel of its own';
    return [{ path: ['bootFrom'], problem, remedy: 'leave out bootFrom or boot' }];
  }
  const there = {
    disk: disks.some(({ device }) => device === 'disk'),
    cdrom: disks.some(({ device }) => device === 'cdrom'),
    network: interfaces.length > 0,
  };
  const twice = bootFrom.find((kind, i) => bootFrom.indexOf(kind) !== i);
  if (twice !== undefined) {
    return [{ path: ['bootFrom'], problem: `${twice} is there twice`, remedy: 'name it once' }];
  }
  if (bootFrom.some((kind) => there[kind])) return [];
  const problem = 'the guest has nothing to boot from';
  return [{ path: [], problem, remedy: 'add disks or boot.kernel' }];
}

// libvirt 9.0: "Secure boot is supported with q35 machine types only".
function secureBootNeedsQ35({ firmware, machine }: Guest): Problem[] {
  if (firmware.type === 'bios' || !firmware.secureBoot || /q35/.test(machine)) return [];
  const problem = `machine ${quote(machine)} has no secure boot`;
  return [{ path: ['firmware', 'secureBoot'], problem, remedy: 'use machine q35' }];
}

function variablesNeedLoader({ firmware }: Guest): Problem[] {
  if (
    firmware.type === 'bios' ||
    firmware.variables === undefined ||
    firmware.loader !== undefined
  ) {
    return [];
  }
  const problem = 'a template belongs to an image of the firmware';
  return [{ path: ['firmware', 'variables'], problem, remedy: 'give loader, too' }];
}

/** Two users of one file or socket would destroy each other's data, or take each other's connection. */
function pathsAreApart({ disks, nvdimms, interfaces, serials, agent, graphics }: Guest): Problem[] {
  return apart([
    ...disks.map((disk, i) => ({ path: ['disks', i, sourceKey(disk)], value: sourceText(disk) })),
    ...nvdimms.map(({ path: value }, i) => ({ path: ['nvdimms', i, 'path'], value })),
    ...interfaces.flatMap((nic, i) =>
      nic.type === 'vhost-user' ? [{ path: ['interfaces', i, 'socket'], value: nic.socket }] : [],
    ),
    ...serials.flatMap((serial, i) =>
      serial.type === 'pty' ? [] : [{ path: ['serials', i, serial.type], value: serial.path }],
    ),
    ...(agent?.socket === undefined ? [] : [{ path: ['agent', 'socket'], value: agent.socket }]),
    ...(graphics?.socket === undefined
      ? []
      : [{ path: ['graphics', 'socket'], value: graphics.socket }]),
  ]);
}

function sourceKey(disk: Disk): string {
  return 'seed' in disk ? 'cloudInit' : disk.source;
}

/** What is the same for two disks on one image. */
function sourceText(disk: Disk): string {
  switch (disk.source) {
    case 'network': {
      const [host] = disk.hosts.map((one) => ('socket' in one ? one.socket : one.name));
      return `${disk.protocol}:${[host, disk.name].filter(Boolean).join(' ')}`;
    }
    case 'volume':
      return `${disk.pool}/${disk.volume}`;
    default:
      return disk.path;
  }
}

/** Each NIC needs its own MAC, except the two NICs of a team, which share one. */
function macsAreApart({ interfaces }: Guest): Problem[] {
  return apart(
    interfaces.flatMap((nic, i) =>
      interfaces.slice(0, i).some((other) => isOneTeam(nic, other))
        ? []
        : [{ path: ['interfaces', i, 'mac'], value: nic.mac }],
    ),
  );
}

function addressesAreApart({ interfaces, hostdevs }: Guest): Problem[] {
  return apart([
    ...interfaces.flatMap((nic, i) =>
      nic.type === 'vf' && nic.address !== ''
        ? [{ path: ['interfaces', i, 'address'], value: nic.address }]
        : [],
    ),
    ...hostdevs.map((one, i) => {
      const value =
        one.type === 'pci'
          ? one.address
          : one.type === 'mdev'
            ? one.uuid
            : `${one.vendor}:${one.product}`;
      return { path: ['hostdevs', i, one.type], value };
    }),
  ]);
}

function guestAddressesAreApart({ interfaces }: Guest): Problem[] {
  return apart(
    interfaces.flatMap(({ guestAddress: value }, i) =>
      value === undefined ? [] : [{ path: ['interfaces', i, 'guestAddress'], value }],
    ),
  );
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
