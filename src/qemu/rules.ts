import { byVfio, isAssigned, withToken } from './assigned.js';
import type { AnonymousRam, GuestMemory } from './memory/memory.js';
import type { RamPlan } from './memory/ram.js';
import type { Carrier } from './nics/carriers.js';
import type { Policy } from './policy.js';
import { type Argument, propertiesOf } from './syntax/arguments.js';
import { get, type Properties, pick, render, set } from './syntax/properties.js';

/** Facts about the whole argument list for the rules. */
export interface Guest {
  carriers: readonly Carrier[];
  /** Names of the properties to turn off on the rewritten NICs. */
  off: readonly string[];
  memory: GuestMemory;
  ram: RamPlan;
  /** RAM objects are named by -machine memory-backend (QEMU 5.0), else by -numa. */
  machineNamesRam: boolean;
  policy: Policy;
  /** Of VFs whose PF is with vfio-pci. */
  tokens: ReadonlyMap<Argument, string>;
}

/** New options that replace the one to which a rule applies; none: it is dropped. */
export type Replacement = [option: string, value: string][];

/**
 * One change. Rules are tried in order; the first that applies to an argument decides. Called for
 * every argument, and once with undefined for the end of the list.
 */
export interface Rule {
  name: string;
  /** Shown to the user beside the change. */
  why: string;
  applies(argument: Argument | undefined, guest: Guest): boolean;
  replace(argument: Argument | undefined, guest: Guest): Replacement;
}

export const RULES: readonly Rule[] = [
  {
    name: 'switch-port',
    why: 'this virtio NIC goes to the switch',
    applies: (argument, guest) =>
      guest.policy.backend.kind === 'vhost-user' && carrierAt(argument, guest) !== undefined,
    replace: carried,
  },
  {
    name: 'vhost-device',
    why: 'a character device serves this NIC in place of /dev/vhost-net',
    applies: (argument, guest) =>
      guest.policy.backend.kind === 'vhostfd' && carrierAt(argument, guest) !== undefined,
    replace: carried,
  },
  {
    name: 'handed-tap',
    why: 'the descriptor of this tap comes from a file that holds its number',
    applies: (argument, guest) =>
      guest.policy.backend.kind === 'tap-fd' && carrierAt(argument, guest) !== undefined,
    replace: carried,
  },
  {
    name: 'own-netdev',
    why: 'the NIC becomes a -device, so its back end becomes a -netdev',
    applies: (argument, guest) =>
      argument?.option !== 'netdev' && carrierAt(argument, guest) !== undefined,
    replace: carried,
  },
  {
    name: 'board-nic',
    why: 'it becomes a -device, whose properties can be set',
    applies: (argument, guest) =>
      argument !== undefined &&
      guest.carriers.some(({ nic }) => nic.onBoard && nic.device === argument),
    replace: () => [],
  },
  {
    name: 'pci-assign',
    why: 'QEMU has had no pci-assign since 2.12',
    applies: (argument) => isAssigned(argument),
    replace: (argument, guest) => [['device', render(tokened(argument, guest, byVfio))]],
  },
  {
    name: 'vf-token',
    why: "vfio-pci has this VF's PF, too, and opens the VF for who knows their token",
    applies: (argument, { tokens }) => argument !== undefined && tokens.has(argument),
    replace: (argument, guest) => [['device', render(tokened(argument, guest))]],
  },
  {
    name: 'offloads-off',
    why: 'nobody behind this NIC does the work that it would leave to them',
    applies: (argument, guest) =>
      guest.carriers.some(({ nic }) => !nic.onBoard && nic.device === argument),
    replace: (argument, guest) => [['device', render(turnedOff(propertiesOf(argument), guest))]],
  },
  {
    name: 'set-offload',
    why: 'it would turn on again what is turned off on this NIC',
    applies: (argument, guest) => setsOffload(argument, guest),
    replace: () => [],
  },
  {
    name: 'shared-memory',
    why: "what serves the NICs reads and writes the guest's memory, so it must be shared",
    applies: (argument, guest) => argument !== undefined && guest.memory.backends.has(argument),
    replace: (argument, { ram }) => {
      const given = propertiesOf(argument);
      return [['object', render(ram.objects.get(given) ?? given)]];
    },
  },
  {
    name: 'memory-backend',
    why: "QEMU's own RAM is private; a shared object of the same size takes its place",
    applies: (argument, { memory, ram }) =>
      ram.created !== undefined && memory.anonymous?.machine === argument,
    replace: (argument, guest) => {
      const { id } = guest.memory.anonymous as AnonymousRam;
      const object: Replacement = guest.ram.created ? [['object', render(guest.ram.created)]] : [];
      const machine = propertiesOf(argument);
      if (guest.machineNamesRam) {
        return [...object, ['machine', render(set(machine, 'memory-backend', id))]];
      }
      const numa: Replacement = [...object, ['numa', `node,memdev=${id}`]];
      return argument === undefined ? numa : [...numa, ['machine', render(machine)]];
    },
  },
  {
    name: 'memory-options',
    why: 'now a property of the memory object',
    applies: (argument, { ram }) =>
      ram.created !== undefined && /^mem-(path|prealloc)$/.test(argument?.option ?? ''),
    replace: () => [],
  },
];

/** The -device of a NIC that was on the board, offloads included. */
export function boardDevice({ nic }: Carrier, guest: Guest): Replacement {
  const card = turnedOff(nic.card, guest);
  const driver = set(pick(card, ['driver']), 'netdev', nic.netdevId);
  const rest = card.members.filter((member) => member.key !== 'driver');
  return [['device', render({ ...driver, members: [...driver.members, ...rest] })]];
}

function turnedOff(device: ReturnType<typeof propertiesOf>, guest: Guest) {
  return guest.off.reduce((found, key) => set(found, key, false), device);
}

function carrierAt(argument: Argument | undefined, guest: Guest): Carrier | undefined {
  return guest.carriers.find(({ nic }) => nic.netdev === argument);
}

function carried(argument: Argument | undefined, guest: Guest): Replacement {
  return carrierAt(argument, guest)?.options ?? [];
}

/** `-set device.ID.KEY=VALUE` overrides the -device's property. */
function setsOffload(argument: Argument | undefined, guest: Guest): boolean {
  if (argument?.option !== 'set') return false;
  const [, group, id, key = ''] = /^([^.]*)\.([^.]*)\.([^=]*)=/.exec(argument.value ?? '') ?? [];
  if (group !== 'device' || !guest.off.includes(key)) return false;
  return guest.carriers.some(({ nic }) => id !== undefined && get(nic.card, 'id') === id);
}

function tokened(
  argument: Argument | undefined,
  { tokens }: Guest,
  become = (properties: Properties) => properties,
): Properties {
  const token = argument && tokens.get(argument);
  return withToken(become(propertiesOf(argument)), token);
}
