import type { PortRequest } from '../contract/types.js';
import { InvalidInput } from '../values/errors.js';
import { USUAL_MTU } from '../values/frame-mtu.js';
import { regionTrouble } from '../values/memory-regions.js';
import { findTokens, isAssigned, vfioNote } from './assigned.js';
import { type Edit, editsOf, extraEdits, keep } from './edits.js';
import type { Host } from './host.js';
import { informational } from './informational.js';
import { findMemory, hasNodes, isPrivate, memoryFiles, memoryLayout } from './memory/memory.js';
import { planRam, reachesMemory } from './memory/ram.js';
import { carry } from './nics/carriers.js';
import { chooseNics } from './nics/choose.js';
import { findNics, type Nic } from './nics/nics.js';
import { offloadsOff } from './nics/offloads.js';
import { ownVhostUser } from './nics/own.js';
import type { Policy } from './policy.js';
import type { Step } from './steps.js';
import { type Argument, parseArguments, propertiesOf } from './syntax/arguments.js';
import { get } from './syntax/properties.js';
import { expandConfigs } from './syntax/readconfig.js';
import { checkBackend, has } from './version.js';

/** The result of rewriting a guest's arguments. */
export interface Rewrite {
  /** The vector to run, without argv[0]. */
  argv: string[];
  /** Kept and dropped arguments form the old vector, kept and added ones the new. */
  edits: Edit[];
  /** Ports that the switch must have before QEMU starts. */
  ports: PortRequest[];
  /** Files that the switch gets to see as memory beside the RAM: of NVDIMMs. */
  memoryFiles?: string[];
  /** The largest MTU that the switch must carry; absent: every switch does. */
  mtu?: number;
  /** Steps for the process, in this order, before it becomes QEMU. */
  steps: Step[];
  /** Notes on things left unchanged that might surprise, one line each. */
  notes: string[];
  /** Why nothing was rewritten. */
  untouched?: string;
}

/**
 * Rewrites QEMU's arguments (without argv[0]) by the policy. Arguments that match no rule stay byte
 * for byte, in place. `host`: the known facts of this host; unknown ones are not checked.
 * @throws InvalidInput if the list cannot be read or the guest cannot follow the policy, Failed if
 * the host has too few huge pages
 */
export function rewrite(argv: readonly string[], policy: Policy, host: Host = {}): Rewrite {
  const given = parseArguments(argv);
  const reason = informational(given);
  if (reason !== undefined) return unchanged(given, reason, []);
  const { list, unread } = expandConfigs(given, host);
  const found = findNics(list, host);
  const chosen = chooseNics(found.nics, policy.nics);
  const notes = [
    ...unread.map((path) => `${path}: not looked into, NICs in there stay as they are`),
    ...found.notes,
    ...chosen.notes,
  ];
  const off = offloadsOff(policy, host);
  // With the tap kept and no offload turned off, NICs need no change.
  const nics = policy.backend.kind === 'vhost-net' && off.length === 0 ? [] : chosen.nics;
  const extra = [...policy.extra.always, ...(chosen.nics.length > 0 ? policy.extra.rewritten : [])];
  const own = ownVhostUser(list);
  // Those that it brings along would be silent, too.
  const needsMemory =
    chosen.nics.length > 0 || policy.memory.allGuests || (own.length > 0 && isPrivate(list));
  const assigned = list.filter(isAssigned);
  const tokens = findTokens(list, host);
  if (!needsMemory && extra.length === 0 && assigned.length === 0 && tokens.size === 0)
    return unchanged(given, whyNot(policy), notes);
  if (needsMemory) refuseUnread(unread);
  if (nics.length > 0) checkBackend(policy.backend, host);
  refuseSet(list, nics, policy);
  if (reachesMemory(policy.backend)) refuseFilters(list, nics);
  const reaches = own.length > 0 || (nics.length > 0 && reachesMemory(policy.backend));
  if (reaches) refuseRegions(list, host);
  const carriers = carry(nics, policy, list, host);
  const memory = needsMemory ? findMemory(list, reaches, host) : { backends: new Set<Argument>() };
  const ram = planRam(memory, policy, host, own.length > 0);
  const machineNamesRam = has(host, 'machine memory-backend');
  if (ram.created && !machineNamesRam) refuseNodes(list);
  const guest = { carriers, off, memory, ram, machineNamesRam, policy, tokens };
  const edits = [...editsOf(given, list, guest), ...extraEdits(extra)];
  const files = reaches ? memoryFiles(list) : [];
  const mtu = reachesMemory(policy.backend) ? largestMtu(nics) : undefined;
  return {
    ...(mtu !== undefined && { mtu }),
    ...(files.length > 0 && { memoryFiles: files }),
    argv: edits.filter((edit) => edit.kind !== 'drop').flatMap((edit) => edit.args),
    edits,
    ports: carriers.flatMap((carrier) => carrier.port ?? []),
    steps: carriers.flatMap((carrier) => carrier.steps),
    notes: [
      ...notes,
      ...assigned.map(vfioNote),
      ...ram.notes,
      ...(mtu === undefined ? [] : [mtuNote(mtu)]),
    ],
  };
}

function unchanged(list: readonly Argument[], untouched: string, notes: string[]): Rewrite {
  const edits = list.map(keep);
  const argv = edits.flatMap((edit) => edit.args);
  return { argv, edits, ports: [], steps: [], notes, untouched };
}

/** Of NICs that move, if not every switch carries it. */
function largestMtu(nics: readonly Nic[]): number | undefined {
  const mtus = nics.map(({ card }) => Number(get(card, 'host_mtu') ?? 0));
  const most = Math.max(0, ...mtus);
  return most > USUAL_MTU ? most : undefined;
}

function mtuNote(mtu: number): string {
  return `an MTU of ${mtu} is announced to the guest, which only a switch with --mergeable carries`;
}

function refuseRegions(list: readonly Argument[], host: Host): void {
  const trouble = regionTrouble(memoryLayout(list, host));
  if (trouble) throw new InvalidInput({ thing: 'guest memory', ...trouble });
}

/** Before 5.0 a memory object is a node's, and all nodes must have one: "qemu: memdev option must be specified…". */
function refuseNodes(list: readonly Argument[]): void {
  if (!hasNodes(list)) return;
  throw new InvalidInput({
    thing: 'guest memory',
    problem: 'its NUMA nodes have no memory objects, and QEMU before 5.0 shares no other memory',
    remedy: 'give each node one: -object memory-backend-memfd,… and -numa node,memdev=…',
  });
}

/** It could set the guest's memory size, which we would then get wrong. */
function refuseUnread([path]: readonly string[]): void {
  if (path === undefined) return;
  throw new InvalidInput({
    thing: `-readconfig ${path}`,
    problem: 'the file cannot be looked into, and NICs and memory may depend on it',
    remedy: 'make it a regular file that can be read, or write its content as options',
  });
}

function whyNot({ nics }: Policy): string {
  if (nics === 'vhost') return 'no virtio NIC on a tap that asks for vhost';
  return nics === 'virtio' ? 'no virtio NIC on a tap or bridge' : 'no NIC that the settings name';
}

/** QEMU's filters on a netdev see its frames pass, and those of vhost do not: "Vhost is not supported". */
function refuseFilters(list: readonly Argument[], nics: readonly Nic[]): void {
  for (const one of list) {
    if (one.option !== 'object') continue;
    const properties = propertiesOf(one);
    const type = get(properties, 'qom-type') ?? '';
    const nic = nics.find(({ netdevId }) => netdevId === get(properties, 'netdev'));
    if (!nic || !type.startsWith('filter-')) continue;
    throw new InvalidInput({
      thing: `-object ${type},netdev=${nic.netdevId}`,
      problem: 'QEMU sees no frame of a NIC on a switch, and does not start with a filter there',
      remedy:
        "take it out ('vmlane switch capture' records a port), or name the NICs to move in qemu-wrap's settings, without this one",
    });
  }
}

/** -set overrides the option itself, and would apply to its replacement. */
function refuseSet(list: readonly Argument[], nics: readonly Nic[], { backend }: Policy): void {
  if (backend.kind === 'vhost-net') return;
  const hit = list.find(
    (one) =>
      one.option === 'set' && nics.some((nic) => one.value?.startsWith(`netdev.${nic.netdevId}.`)),
  );
  if (hit === undefined) return;
  throw new InvalidInput({
    thing: hit.args.join(' '),
    problem: 'it sets a property of a back end that is replaced',
    remedy: 'write the property into the -netdev itself',
  });
}
