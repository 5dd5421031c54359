import { type Argument, propertiesOf } from './syntax/arguments.js';
import { get, keyval, type Properties, set, without } from './syntax/properties.js';

/** A NIC that QEMU itself puts on the board: -nic, or -net nic with its peer. */
export interface BoardNic {
  /** The -nic, the other side of a -net nic's hub, or the -netdev named by it. */
  netdev: Argument;
  /** The -net nic; undefined for a -nic. */
  device?: Argument;
  /** The properties as in a -netdev; without id if QEMU would have generated one. */
  tap: Properties;
  /** The properties as in a -device, without the netdev. */
  card: Properties;
}

/** What decides on the NICs that QEMU itself puts there. */
export interface Board {
  /** The machine type. */
  machine: string;
  /** It puts a NIC at the `addr` of its -net nic; QEMU from 9.0 on reads that and does not. */
  obeysAddress: boolean;
}

/**
 * The NICs of -nic and -net, with virtio ones named as drivers. A hub (-net) counts only if it
 * joins one NIC and one peer, since only then it is a wire; `hubs` has the others, and those with a tap.
 */
export function boardNics(
  list: readonly Argument[],
  board: Board,
): { found: BoardNic[]; hubs: { kept: string[]; withTap: ReadonlySet<string> } } {
  const single = all(list, 'nic').map((argument) => fromNic(argument, board));
  const named = all(list, 'net').flatMap((argument) => fromNetdev(argument, list, board));
  const { found, hubs } = fromHubs(list, board);
  return { found: [...single, ...named, ...found], hubs: { kept: hubs, withTap: tapHubs(list) } };
}

/** Source: net_param_nic in net/net.c of QEMU. */
function fromNic(argument: Argument, board: Board): BoardNic {
  const given = propertiesOf(argument);
  const tap = without(given, (key) => key === 'model' || key === 'mac');
  return { netdev: argument, tap, card: cardOf(given, board, get(given, 'mac')) };
}

function fromNetdev(argument: Argument, list: readonly Argument[], board: Board): BoardNic[] {
  const given = propertiesOf(argument);
  const id = get(given, 'netdev');
  const netdev = all(list, 'netdev').find((one) => get(propertiesOf(one), 'id') === id);
  if (get(given, 'type') !== 'nic' || id === undefined || netdev === undefined) return [];
  const card = cardOf(given, board, get(given, 'macaddr'));
  return [{ netdev, device: argument, tap: propertiesOf(netdev), card }];
}

function fromHubs(list: readonly Argument[], board: Board) {
  const members = new Map<string, Argument[]>();
  for (const argument of list) {
    const hub = hubOf(argument);
    if (hub !== undefined) members.set(hub, [...(members.get(hub) ?? []), argument]);
  }
  const found: BoardNic[] = [];
  const hubs: string[] = [];
  for (const [hub, all] of members) {
    const nics = all.filter((one) => isNic(one));
    const [device] = nics;
    const [netdev] = all.filter((one) => !isNic(one));
    if (all.length !== 2 || device === undefined || netdev === undefined) {
      if (nics.some((nic) => isVirtio(propertiesOf(nic)))) hubs.push(hub);
      continue;
    }
    const given = propertiesOf(device);
    const tap = without(propertiesOf(netdev), (key) => key === 'vlan' || key === 'name');
    found.push({ netdev, device, tap, card: cardOf(given, board, get(given, 'macaddr')) });
  }
  return { found, hubs };
}

function tapHubs(list: readonly Argument[]): ReadonlySet<string> {
  const typeOf = (one: Argument) => get(propertiesOf(one), 'type') ?? '';
  const netdevs = new Map(
    all(list, 'netdev').map((one) => [get(propertiesOf(one), 'id') ?? '', typeOf(one)]),
  );
  const peerOf = (one: Argument) =>
    one.option === 'net' ? typeOf(one) : netdevs.get(get(propertiesOf(one), 'netdev') ?? '');
  const taps = list.filter((one) => ['tap', 'bridge'].includes(peerOf(one) ?? ''));
  return new Set(taps.flatMap((one) => hubOf(one) ?? []));
}

/** `vlan=` is the hub's number; QEMU 3.0 removed it and has only hub 0. */
export function hubOf(argument: Argument): string | undefined {
  const properties = propertiesOf(argument);
  const type = get(properties, 'type');
  if (argument.option === 'netdev' && type === 'hubport') return get(properties, 'hubid') ?? '0';
  if (argument.option !== 'net' || type === 'none' || type === 'dump') return undefined;
  return get(properties, 'netdev') === undefined ? (get(properties, 'vlan') ?? '0') : undefined;
}

function isNic(argument: Argument): boolean {
  return argument.option === 'net' && get(propertiesOf(argument), 'type') === 'nic';
}

function isVirtio(properties: Properties): boolean {
  return get(properties, 'model')?.startsWith('virtio') === true;
}

function cardOf(given: Properties, board: Board, mac: string | undefined): Properties {
  const start = keyval('driver', driverOf(get(given, 'model'), board.machine), {});
  const addr = board.obeysAddress ? get(given, 'addr') : undefined;
  const more = { mac, addr, vectors: get(given, 'vectors') };
  const card = Object.entries(more).reduce(
    (found, [key, value]) => (value === undefined ? found : set(found, key, value)),
    start,
  );
  const id = get(given, 'id') ?? get(given, 'name');
  return id === undefined ? card : set(card, 'id', id);
}

/** Without a model the board decides: virtio on arm's `virt` and on s390. Source: hw/ of QEMU. */
function driverOf(model: string | undefined, machine: string): string {
  const native = /^(virt|s390)/.test(machine) ? 'virtio' : 'unknown';
  const name = model ?? native;
  if (name !== 'virtio') return name;
  return machine.startsWith('s390') ? 'virtio-net-ccw' : 'virtio-net-pci';
}

function all(list: readonly Argument[], option: string): Argument[] {
  return list.filter((argument) => argument.option === option);
}
