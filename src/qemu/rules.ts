import { type Argument, propertiesOf } from './arguments.js';
import type { AnonymousRam, GuestMemory } from './memory.js';
import type { Nic } from './nics.js';
import { OFFLOADS, type Policy } from './policy.js';
import { get, isOn, type Properties, pick, render, type Scalar, set } from './properties.js';

/** What the rules know about the whole argument list. */
export interface Guest {
  nics: readonly Nic[];
  memory: GuestMemory;
}

/** New options that stand in for the one a rule applies to; none: it is dropped. */
type Replacement = [option: string, value: string][];

/**
 * One change. Rules are tried in their order; the first that applies to an argument decides.
 * Every argument is offered, and undefined once for the end of the list.
 */
export interface Rule {
  name: string;
  /** Shown to the user beside the change. */
  why: string;
  applies(argument: Argument | undefined, guest: Guest): boolean;
  replace(argument: Argument | undefined, guest: Guest, policy: Policy): Replacement;
}

export const RULES: readonly Rule[] = [
  {
    name: 'switch-port',
    why: 'this virtio NIC goes to the switch',
    applies: (argument, guest) => guest.nics.some((nic) => nic.netdev === argument),
    replace: (argument, guest) => {
      const nic = guest.nics.find((one) => one.netdev === argument) as Nic;
      let netdev = pick(propertiesOf(argument), ['type', 'id']);
      netdev = set(netdev, 'type', 'vhost-user');
      netdev = set(netdev, 'chardev', nic.chardevId);
      if (nic.queues > 1) netdev = set(netdev, 'queues', nic.queues);
      const chardev = keyval('backend', 'socket', {
        id: nic.chardevId,
        path: nic.port.path,
        server: true,
      });
      return [
        ['chardev', render(chardev)],
        ['netdev', render(netdev)],
      ];
    },
  },
  {
    name: 'offloads-off',
    why: 'the switch copies frames as they are, so no side may leave work to it',
    applies: (argument, guest) => guest.nics.some((nic) => nic.device === argument),
    replace: (argument) => {
      const device = OFFLOADS.reduce(
        (found, key) => set(found, key, false),
        propertiesOf(argument),
      );
      return [['device', render(device)]];
    },
  },
  {
    name: 'shared-memory',
    why: "the switch reads and writes the guest's memory, so it must be shared",
    applies: (argument, guest) =>
      argument !== undefined && guest.memory.backends.has(argument) && !isShared(argument),
    replace: (argument, _guest, policy) => [
      ['object', render(sharedBackend(propertiesOf(argument), policy))],
    ],
  },
  {
    name: 'memory-backend',
    why: "QEMU's own RAM is private; a shared object of the same size takes its place",
    applies: (argument, { memory }) =>
      memory.anonymous !== undefined && memory.anonymous.machine === argument,
    replace: (argument, guest, policy) => {
      const ram = guest.memory.anonymous as AnonymousRam;
      const machine = set(propertiesOf(argument), 'memory-backend', ram.id);
      return [
        ['object', render(newBackend(ram, policy))],
        ['machine', render(machine)],
      ];
    },
  },
  {
    name: 'memory-options',
    why: 'now a property of the memory object',
    applies: (argument, { memory }) =>
      memory.anonymous !== undefined && /^mem-(path|prealloc)$/.test(argument?.option ?? ''),
    replace: () => [],
  },
];

/** memory-backend-ram has no descriptor to pass to the switch, shared or not. */
function isShared(object: Argument): boolean {
  const properties = propertiesOf(object);
  return get(properties, 'qom-type') !== 'memory-backend-ram' && isOn(get(properties, 'share'));
}

function sharedBackend(backend: Properties, policy: Policy): Properties {
  if (get(backend, 'qom-type') !== 'memory-backend-ram') return set(backend, 'share', true);
  let found = set(backend, 'qom-type', objectType(hugePath(policy)));
  found = withPath(found, hugePath(policy));
  found = set(found, 'share', true);
  // memory-backend-ram names its block by id alone; the others do so only when told to, and a
  // state saved under the other name would not load.
  return set(found, 'x-use-canonical-path-for-ramblock-id', false);
}

function newBackend(ram: AnonymousRam, policy: Policy): Properties {
  const path = ram.path ?? hugePath(policy);
  const start = keyval('qom-type', objectType(path), { id: ram.id, size: ram.bytes });
  // The operator's own -mem-path decides for itself whether to preallocate.
  let found = ram.path === undefined ? withPath(start, path) : set(start, 'mem-path', ram.path);
  if (ram.prealloc) found = set(found, 'prealloc', true);
  found = set(found, 'share', true);
  return set(found, 'x-use-canonical-path-for-ramblock-id', false);
}

function hugePath(policy: Policy): string | undefined {
  const { source } = policy.memory;
  return source.kind === 'huge' ? source.folder : undefined;
}

function objectType(path: string | undefined): string {
  return path === undefined ? 'memory-backend-memfd' : 'memory-backend-file';
}

/** Huge pages are taken at the start: too few must fail there, not under load. */
function withPath(backend: Properties, path: string | undefined): Properties {
  return path === undefined ? backend : set(set(backend, 'mem-path', path), 'prealloc', true);
}

function keyval(implied: string, first: string, rest: Record<string, Scalar>): Properties {
  const start: Properties = {
    syntax: 'keyval',
    members: [{ key: implied, value: first, text: first, implied: true }],
  };
  return Object.entries(rest).reduce((found, [key, value]) => set(found, key, value), start);
}
