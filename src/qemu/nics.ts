import { InvalidInput } from '../errors.js';
import type { PortRequest } from '../switch/types.js';
import { type Argument, propertiesOf } from './arguments.js';
import { portName, portRequest, shortHash } from './ports.js';
import { get, type Properties } from './properties.js';

/** A virtio NIC on a tap or a bridge: what goes to the switch. */
export interface Nic {
  netdev: Argument;
  device: Argument;
  netdevId: string;
  /** Identifier of the character device that will carry it, free in this argument list. */
  chardevId: string;
  port: PortRequest;
  /** Queue pairs that the tap has. */
  queues: number;
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

/**
 * Finds the NICs, in the order of their netdevs. NICs inside a `-readconfig` file and those of
 * `-nic` and `-net` are not seen: they start as QEMU's own.
 * @throws InvalidInput for a netdev without an id, and for two NICs that would share a socket
 */
export function findNics(list: readonly Argument[], socketDir: string): Nic[] {
  const netdevs = new Map<string, Argument>();
  for (const netdev of list.filter((argument) => argument.option === 'netdev')) {
    const id = get(propertiesOf(netdev), 'id');
    if (id === undefined || id === '') refuseWithoutId(netdev);
    if (netdevs.has(id)) refuseShared(`netdev ${id}`, 'the id is given twice');
    netdevs.set(id, netdev);
  }
  const users = virtioByNetdev(list);
  const chardevs = chardevsOf(list);
  const chosen = [...netdevs].flatMap(([netdevId, netdev]) => {
    const backend = get(propertiesOf(netdev), 'type');
    const device = users.get(netdevId);
    if (device === undefined || !REPLACED_BACKENDS.has(backend ?? '')) return [];
    return [{ netdevId, netdev, device }];
  });
  const guest = guestName(list) ?? `qemu-${shortHash(chosen.map((nic) => nic.netdevId).join())}`;
  return chosen.map((nic) => {
    const port = portRequest(socketDir, portName(guest, nic.netdevId));
    if (chardevs.paths.has(port.path)) {
      refuseShared(port.path, `netdev ${nic.netdevId} and a -chardev both want this socket`);
    }
    const queues = queuePairs(propertiesOf(nic.netdev));
    return { ...nic, chardevId: freeId(`char${nic.netdevId}`, chardevs.ids), port, queues };
  });
}

/** The guest's name, else its UUID. */
function guestName(list: readonly Argument[]): string | undefined {
  const names = list.flatMap((one) =>
    one.option === 'name' ? (get(propertiesOf(one), 'guest') ?? []) : [],
  );
  const uuid = list.findLast((one) => one.option === 'uuid')?.value;
  return names.at(-1) || uuid || undefined;
}

function virtioByNetdev(list: readonly Argument[]): Map<string, Argument> {
  const users = new Map<string, Argument>();
  for (const device of list.filter((one) => one.option === 'device')) {
    const netdev = get(propertiesOf(device), 'netdev');
    const driver = get(propertiesOf(device), 'driver') ?? '';
    if (netdev === undefined || !VIRTIO_NET.has(driver)) continue;
    if (users.has(netdev)) refuseShared(`netdev ${netdev}`, 'two NICs use it');
    users.set(netdev, device);
  }
  return users;
}

function chardevsOf(list: readonly Argument[]): { ids: Set<string>; paths: Set<string> } {
  const chardevs = list.filter((one) => one.option === 'chardev').map(propertiesOf);
  const values = (key: string) => chardevs.flatMap((chardev) => get(chardev, key) ?? []);
  return { ids: new Set(values('id')), paths: new Set(values('path')) };
}

function freeId(wanted: string, taken: Set<string>): string {
  let id = wanted;
  for (let number = 1; taken.has(id); number++) id = `${wanted}-${number}`;
  taken.add(id);
  return id;
}

/** libvirt passes one descriptor per queue pair, people write `queues=`. */
function queuePairs(tap: Properties): number {
  const descriptors = get(tap, 'fds') || get(tap, 'vhostfds');
  if (descriptors) return descriptors.split(':').length;
  return Math.max(1, Number.parseInt(get(tap, 'queues') ?? '1', 10) || 1);
}

function refuseWithoutId(netdev: Argument): never {
  throw new InvalidInput({
    thing: netdev.args.join(' '),
    problem: 'the netdev has no id',
    remedy: 'add id=NAME and name it in the device',
  });
}

function refuseShared(thing: string, problem: string): never {
  throw new InvalidInput({ thing, problem, remedy: 'give every NIC a netdev of its own' });
}
