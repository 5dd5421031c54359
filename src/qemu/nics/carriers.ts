import type { PortRequest } from '../../contract/types.js';
import { InvalidInput } from '../../values/errors.js';
import type { GuestIds } from '../../values/guest-socket.js';
import type { Host } from '../host.js';
import type { Backend, Policy, TapFd, VhostFd, VhostUser } from '../policy.js';
import { fill, freeDescriptors, type Step } from '../steps.js';
import { type Argument, propertiesOf } from '../syntax/arguments.js';
import {
  get,
  isOn,
  keyval,
  type Properties,
  pick,
  render,
  set,
  without,
} from '../syntax/properties.js';
import { has } from '../version.js';
import { hasOtherMacs, namesOf } from './choose.js';
import { freeId, guestName, guestUuid, type Nic } from './nics.js';
import { wrappedPort } from './ports.js';

/** What carries a rewritten NIC: the options that replace its back end. */
export interface Carrier {
  nic: Nic;
  options: [option: string, value: string][];
  port?: PortRequest;
  steps: Step[];
}

interface Context {
  list: readonly Argument[];
  host: Host;
  guest: GuestIds;
  chardevs: { ids: Set<string>; paths: Set<string> };
  nextFd: () => number;
}

/** One for each NIC, in order. @throws InvalidInput if the back end cannot carry a NIC */
export function carry(
  nics: readonly Nic[],
  { backend }: Policy,
  list: readonly Argument[],
  host: Host,
): Carrier[] {
  const guest = { name: guestName(list, nics), uuid: guestUuid(list) };
  const chardevs = chardevsOf(list);
  const context = { list, host, guest, chardevs, nextFd: freeDescriptors(host) };
  return nics.map((nic, index) => CARRY[backend.kind](nic, backend as never, context, index));
}

type Carry<B extends Backend> = (nic: Nic, backend: B, context: Context, index: number) => Carrier;

const CARRY: { [K in Backend['kind']]: Carry<Extract<Backend, { kind: K }>> } = {
  'vhost-user': toSwitch,
  // A -netdev stays byte for byte; the back end of a NIC on the board becomes one.
  'vhost-net': (nic) => ({ nic, options: [['netdev', render(own(nic))]], steps: [] }),
  vhostfd: toDevice,
  'tap-fd': toHandedTap,
};

function toSwitch(nic: Nic, backend: VhostUser, context: Context): Carrier {
  const { chardevs, host, guest } = context;
  const port = { ...wrappedPort(backend, guest, nic.netdevId), ...ownAddress(nic, backend) };
  const dials = backend.listener === 'switch';
  if (chardevs.paths.has(port.path)) refuseSocket(port.path, nic.netdevId);
  const id = freeId(`char${nic.netdevId}`, chardevs.ids);
  const every = has(host, 'reconnect-ms')
    ? { 'reconnect-ms': backend.reconnectSeconds * 1000 }
    : { reconnect: backend.reconnectSeconds };
  const role = dials ? every : { server: true };
  const chardev = keyval('backend', 'socket', { id, path: port.path, ...role });
  let netdev = set(pick(own(nic), ['type', 'id']), 'type', 'vhost-user');
  netdev = set(netdev, 'chardev', id);
  if (nic.queues > 1) netdev = set(netdev, 'queues', nic.queues);
  const options: Carrier['options'] = [
    ['chardev', render(chardev)],
    ['netdev', render(netdev)],
  ];
  return { nic, options, port, steps: [] };
}

/**
 * The address of a NIC's port: its MAC, unless QEMU is to choose that, or the guest has the same on a VF
 * (failover). A port that is there keeps its `other_macs`: libvirt's hook knows more of the guest.
 */
function ownAddress(nic: Nic, backend: VhostUser): Pick<PortRequest, 'mac' | 'other_macs'> {
  const { mac } = namesOf(nic);
  if (mac === undefined || isOn(get(nic.card, 'failover'))) return {};
  return { mac, ...(hasOtherMacs(namesOf(nic), backend) && { other_macs: 1 }) };
}

/** Like qemu-wrap.py: removes every vhost property, adds one descriptor per queue pair. */
function toDevice(nic: Nic, backend: VhostFd, context: Context, index: number): Carrier {
  if (get(nic.tap, 'type') !== 'tap') {
    refuse(nic, 'a vhost device needs a tap, this is a bridge', 'write tap,helper=PROGRAM,br=NAME');
  }
  if (nic.queues > 1 && !get(nic.tap, 'fds')) {
    const problem = `QEMU takes one vhost device for a tap that it opens itself, queues=${nic.queues} needs as many`;
    refuse(nic, problem, 'leave queues out, or hand over descriptors (fds=) as libvirt does');
  }
  const steps = queuesOf(nic).map((queue): Step => {
    const path = fill(backend.device, placeholders(nic, context, index, queue));
    return { do: 'open', path, fd: context.nextFd() };
  });
  const bare = without(own(nic), (key) => key.startsWith('vhost'));
  const netdev = withDescriptors(set(bare, 'vhost', true), 'vhostfd', steps, nic);
  return { nic, options: [['netdev', render(netdev)]], steps };
}

function toHandedTap(nic: Nic, backend: TapFd, context: Context, index: number): Carrier {
  if (nic.queues > 1 && !backend.fdFile.includes('{queue}')) {
    const problem = `it has ${nic.queues} queue pairs, ${backend.fdFile} names one descriptor`;
    refuse(nic, problem, 'give it one queue pair or a file for each, with {queue} in the pattern');
  }
  const steps = queuesOf(nic).flatMap((queue): Step[] => {
    const values = placeholders(nic, context, index, queue);
    const { enableFile } = backend;
    return [
      ...(enableFile ? [{ do: 'enable', path: fill(enableFile, values) } as const] : []),
      { do: 'adopt', path: fill(backend.fdFile, values), fd: context.nextFd() },
    ];
  });
  const bare = set(pick(own(nic), ['type', 'id']), 'type', 'tap');
  const netdev = set(withDescriptors(bare, 'fd', steps, nic), 'vhost', backend.vhost);
  return { nic, options: [['netdev', render(netdev)]], steps };
}

/** `key`=N, or `keys`=N:M for a tap of several descriptors. */
function withDescriptors(
  netdev: Properties,
  key: string,
  steps: readonly Step[],
  { queues, tap }: Nic,
): Properties {
  const numbers = steps.flatMap((step) => ('fd' in step ? String(step.fd) : []));
  const plural = queues > 1 || get(tap, 'fds') !== undefined;
  return set(netdev, plural ? `${key}s` : key, numbers.join(':'));
}

function own(nic: Nic): Properties {
  return get(nic.tap, 'id') === undefined ? set(nic.tap, 'id', nic.netdevId) : nic.tap;
}

function queuesOf({ queues }: Nic): number[] {
  return Array.from({ length: queues }, (_, queue) => queue);
}

function placeholders(nic: Nic, { guest }: Context, index: number, queue: number) {
  return { guest: guest.name, netdev: nic.netdevId, index, queue };
}

function chardevsOf(list: readonly Argument[]): Context['chardevs'] {
  const chardevs = list.filter((one) => one.option === 'chardev').map(propertiesOf);
  const values = (key: string) => chardevs.flatMap((chardev) => get(chardev, key) ?? []);
  return { ids: new Set(values('id')), paths: new Set(values('path')) };
}

function refuseSocket(path: string, netdevId: string): never {
  throw new InvalidInput({
    thing: path,
    problem: `netdev ${netdevId} and a -chardev both want this socket`,
    remedy: 'give every NIC a netdev of its own',
  });
}

function refuse(nic: Nic, problem: string, remedy: string): never {
  throw new InvalidInput({ thing: `netdev ${nic.netdevId}`, problem, remedy });
}
