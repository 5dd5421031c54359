import { InvalidInput } from '../../values/errors.js';
import { boardNics, hubOf } from '../board.js';
import type { Host } from '../host.js';
import { usualMachine } from '../memory/machines.js';
import { type Argument, propertiesOf } from '../syntax/arguments.js';
import { get, isOn, type Properties } from '../syntax/properties.js';
import { has } from '../version.js';
import { shortHash } from './ports.js';

/** A NIC of the guest, with any driver. */
export interface Nic {
  /** The argument with its back end: -netdev, -nic or -net. */
  netdev: Argument;
  /** The -device or the -net nic; undefined for a -nic. */
  device?: Argument;
  /** QEMU itself creates the card (-nic, -net nic); it is no -device yet. */
  onBoard: boolean;
  /** Id of the netdev in the rewritten arguments. */
  netdevId: string;
  /** Its properties as a -netdev. */
  tap: Properties;
  /** Its properties as a -device. */
  card: Properties;
  /** The tap's queue pairs, at least 1. */
  queues: number;
  /** Names of the host's taps behind it, as far as known. */
  taps: readonly string[];
  /** Why it cannot be rewritten: it is no virtio NIC, has no tap, or what no switch offers. */
  obstacle?: string;
  /** A virtio NIC on a tap that stays there is told. */
  surprising?: true;
}

/** All names of QEMU's virtio NIC. Source: `-device help` of 7.2 and hw/s390x of QEMU. */
const VIRTIO_NET: ReadonlySet<string> = new Set([
  'virtio-net',
  'virtio-net-ccw',
  'virtio-net-device',
  'virtio-net-pci',
  'virtio-net-pci-non-transitional',
  'virtio-net-pci-transitional',
]);

const REPLACED_BACKENDS: ReadonlySet<string> = new Set(['tap', 'bridge']);

export interface FoundNics {
  nics: Nic[];
  /** Notes for the user on NICs that were not found. */
  notes: string[];
}

/**
 * All NICs with a netdev, in the order of their back ends' arguments.
 * @throws InvalidInput for a netdev without an id, and for two virtio NICs on one netdev
 */
export function findNics(list: readonly Argument[], host: Host): FoundNics {
  const netdevs = netdevsById(list);
  const { found, hubs } = boardNics(list, {
    machine: machineType(list, host),
    obeysAddress: !has(host, 'board NICs wherever there is room'),
  });
  const ids = new Set(netdevs.keys());
  const onBoard = found.map(({ netdev, device, tap, card }, index) => {
    const given = get(tap, 'id');
    if (netdev.option !== 'netdev' && given !== undefined && ids.has(given)) refuseId(given);
    const netdevId = given ?? freeId(`nic${index}`, ids);
    ids.add(netdevId);
    return describe(
      { netdev, ...(device && { device }), onBoard: true, netdevId, tap, card },
      host,
    );
  });
  const plugged = list.flatMap((device) => {
    const card = propertiesOf(device);
    const netdevId = device.option === 'device' ? get(card, 'netdev') : undefined;
    const netdev = netdevId === undefined ? undefined : netdevs.get(netdevId);
    if (netdevId === undefined || netdev === undefined) return [];
    const nic = { netdev, device, onBoard: false, netdevId, tap: propertiesOf(netdev), card };
    const found = describe(nic, host);
    const onTap =
      VIRTIO_NET.has(get(card, 'driver') ?? '') && hubs.withTap.has(hubOf(netdev) ?? '');
    return [onTap ? { ...found, surprising: true as const } : found];
  });
  const nics = [...onBoard, ...plugged].sort(
    (one, other) => list.indexOf(one.netdev) - list.indexOf(other.netdev),
  );
  refuseShared(nics);
  const notes = hubs.kept.map(
    (hub) =>
      `the NICs on hub ${hub} of -net stay there: only a hub of one NIC and one tap is a wire`,
  );
  return { nics, notes };
}

/** The guest's UUID, as given. */
export function guestUuid(list: readonly Argument[]): string | undefined {
  return list.findLast((one) => one.option === 'uuid')?.value || undefined;
}

/**
 * The guest's name, as given. Proxmox's QEMU is given a number, too (`-id`): names are not unique there, and those who
 * may edit a guest could give it another one's, and so its port.
 */
export function givenName(list: readonly Argument[]): string | undefined {
  const names = list.flatMap((one) =>
    one.option === 'name' ? (get(propertiesOf(one), 'guest') ?? []) : [],
  );
  return list.findLast((one) => one.option === 'id')?.value || names.at(-1) || undefined;
}

/** The guest's name, else its UUID, else a name made of its netdevs. */
export function guestName(list: readonly Argument[], nics: readonly Nic[]): string {
  const netdevs = nics.map((nic) => nic.netdevId).join();
  return givenName(list) ?? guestUuid(list) ?? `qemu-${shortHash(netdevs)}`;
}

/** Whether it was meant for vhost: the kernel's, or that of a given descriptor. */
export function asksVhost({ tap }: Nic): boolean {
  if (get(tap, 'vhostfd') || get(tap, 'vhostfds')) return true;
  return isOn(get(tap, 'vhost')) || isOn(get(tap, 'vhostforce'));
}

/** `wanted`, with a number behind it if it is taken; marks it as taken. */
export function freeId(wanted: string, taken: Set<string>): string {
  let id = wanted;
  for (let number = 1; taken.has(id); number++) id = `${wanted}-${number}`;
  taken.add(id);
  return id;
}

type Bare = Omit<Nic, 'queues' | 'taps' | 'obstacle'>;

function describe(nic: Bare, host: Host): Nic {
  const obstacle = obstacleOf(nic);
  const unserved = obstacle === undefined ? unservedBy(nic) : undefined;
  return {
    ...nic,
    queues: queuePairs(nic.tap),
    taps: tapNames(nic.tap, host),
    ...(obstacle !== undefined && { obstacle }),
    ...(unserved !== undefined && { obstacle: unserved, surprising: true }),
  };
}

/** QEMU does not start: "iommu_platform=true is not supported by the device". */
function unservedBy({ card }: Bare): string | undefined {
  if (!isOn(get(card, 'iommu_platform'))) return undefined;
  return "it goes through the guest's IOMMU (iommu_platform=on), which no switch offers";
}

function obstacleOf({ tap, card }: Bare): string | undefined {
  const driver = get(card, 'driver') ?? '';
  if (!VIRTIO_NET.has(driver)) return `it is no virtio NIC (${driver})`;
  const type = get(tap, 'type') ?? '';
  return REPLACED_BACKENDS.has(type) ? undefined : `it is on ${type}, not on a tap or a bridge`;
}

function netdevsById(list: readonly Argument[]): Map<string, Argument> {
  const netdevs = new Map<string, Argument>();
  for (const netdev of list.filter((argument) => argument.option === 'netdev')) {
    const id = get(propertiesOf(netdev), 'id');
    if (id === undefined || id === '') refuseWithoutId(netdev);
    if (netdevs.has(id)) refuseId(id);
    netdevs.set(id, netdev);
  }
  return netdevs;
}

function machineType(list: readonly Argument[], { architecture }: Host): string {
  const types = list.flatMap((one) =>
    one.option === 'machine' ? (get(propertiesOf(one), 'type') ?? []) : [],
  );
  return types.at(-1) ?? usualMachine(architecture) ?? 'none';
}

/** libvirt passes one descriptor per queue pair, users write `queues=`. */
function queuePairs(tap: Properties): number {
  const descriptors = get(tap, 'fds') || get(tap, 'vhostfds');
  if (descriptors) return descriptors.split(':').length;
  return Math.max(1, Number.parseInt(get(tap, 'queues') ?? '1', 10) || 1);
}

function tapNames(tap: Properties, host: Host): string[] {
  const name = get(tap, 'ifname');
  const descriptors = (get(tap, 'fds') ?? get(tap, 'fd') ?? '').split(':');
  const behind = descriptors.flatMap((one) => host.taps?.get(Number(one || 'none')) ?? []);
  return [...new Set([...(name ? [name] : []), ...behind])];
}

function refuseShared(nics: readonly Nic[]): void {
  const seen = new Set<Argument>();
  for (const nic of nics.filter((one) => one.obstacle === undefined)) {
    if (seen.has(nic.netdev)) refuseTwice(`netdev ${nic.netdevId}`, 'two NICs use it');
    seen.add(nic.netdev);
  }
}

function refuseId(id: string): never {
  refuseTwice(`netdev ${id}`, 'the id is given twice');
}

function refuseWithoutId(netdev: Argument): never {
  throw new InvalidInput({
    thing: netdev.args.join(' '),
    problem: 'the netdev has no id',
    remedy: 'add id=NAME and name it in the device',
  });
}

function refuseTwice(thing: string, problem: string): never {
  throw new InvalidInput({ thing, problem, remedy: 'give every NIC a netdev of its own' });
}
