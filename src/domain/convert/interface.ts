/** Turns one NIC into a vhost-user port, by edits of its XML. */

import { mac as macSchema } from '../../spec/fields.js';
import { InvalidInput } from '../../values/errors.js';
import { RECONNECT_SECONDS } from '../../values/guest-socket.js';
import {
  dropAttributes,
  type Edit,
  escaped,
  leadOf,
  removal,
  setAttribute,
} from '../../xml/edit.js';
import { attribute, childrenOf, type Element } from '../../xml/element.js';
import type { Placed } from '../../xml/scan.js';
import type { PortSettings } from '../read/port-settings.js';
import { PROMISES, promised, unkept, vlansOf } from '../read/promised.js';
import type { Refuse } from '../read/refuse.js';

/** The change of one NIC. */
export interface PlannedNic {
  edits: Edit[];
  /** What libvirt gave it: VLANs, isolation, limits, filters; the switch's port must have it from now on. */
  settings: PortSettings;
  /** Elements, and `floor`, that only a tap can have and that are left out. */
  dropped: string[];
}

/** Elements without meaning on a user-space switch, which libvirt refuses or ignores there (9.0). */
const TAP_ONLY = [
  ...['script', 'downscript', 'backend', 'tune', 'coalesce', 'virtualport'],
  ...['ip', 'route', 'portForward'],
];

/** Elements that an operator relies on to keep guests apart, and that no VF can have; they are never dropped silently. */
const GUARDS = { filterref: 'a network filter', port: 'port isolation' };

/**
 * Edits of one `<interface>`, its socket at `path`. MAC, model, driver, target, address, alias, boot
 * order, link state and unknown elements stay, and the MTU (mtu.ts). `label` names the NIC in messages; `given` is its element with what
 * its network gives it.
 * @throws InvalidInput for what a port cannot have
 */
export function interfaceEdits(
  xml: string,
  nic: Placed,
  { label, path, quote, given }: { label: string; path: string; quote: string; given: Element },
): PlannedNic {
  checkGuards(nic, label, {});
  checkDriver(nic, label);
  const source = socketSource(path, quote);
  const model = childrenOf(nic, 'model').length === 0 ? `<model type=${quote}virtio${quote}/>` : '';
  const taps = nic.children.filter(({ name }) => TAP_ONLY.includes(name));
  const kept = nic.children.filter(({ name }) => PROMISES.includes(name));
  const edits = [
    setAttribute(nic, 'type', 'vhostuser', quote),
    sourceEdit(xml, nic, source, model),
    ...[...taps, ...kept].map((one) => removal(xml, one)),
    ...childrenOf(nic, 'driver').flatMap((one) => dropAttributes(one, ['rss', 'rss_hash_report'])),
    // `managed` is for a tap that another program makes.
    ...childrenOf(nic, 'target').flatMap((one) => dropAttributes(one, ['managed'])),
  ];
  // <source> is another now, with all that was in it, such as addresses.
  const inside = childrenOf(nic, 'source').flatMap(({ children }) => children);
  const names = [...taps, ...inside].map(({ name }) => name);
  const dropped = [...new Set([...names, ...unkept(given)])];
  return { edits, settings: promised(given, refusing(label)), dropped };
}

/** `<source>` of a NIC that dials a switch, and dials again. */
export function socketSource(path: string, q: string): string {
  return (
    `<source type=${q}unix${q} path=${q}${escaped(path)}${q} mode=${q}client${q}>` +
    `<reconnect enabled=${q}yes${q} timeout=${q}${RECONNECT_SECONDS}${q}/></source>`
  );
}

/** Replaces the NIC's source, or puts one behind its MAC; `next`, if not '', stands behind it. */
export function sourceEdit(xml: string, nic: Placed, text: string, next = ''): Edit {
  const [there] = childrenOf(nic, 'source');
  const anchor = there ?? childrenOf(nic, 'mac')[0] ?? nic.children[0];
  const lead = anchor ? leadOf(xml, anchor.start) : '';
  const both = next === '' ? text : text + lead + next;
  if (there) return { start: there.start, end: there.end, text: both };
  const at = anchor?.end ?? nic.nameEnd;
  return { start: at, end: at, text: (anchor ? lead : leadOf(xml, at)) + both };
}

/** What only a tap or a port can have. @throws InvalidInput as interfaceEdits */
export function checkForVf(nic: Placed, label: string): void {
  checkGuards(nic, label, GUARDS);
}

/** @throws InvalidInput for an invalid MAC, for guards, and for two sources */
function checkGuards(nic: Placed, label: string, guards: Record<string, string>): void {
  const mac = attribute(childrenOf(nic, 'mac')[0], 'address');
  const issue = mac === undefined ? undefined : macSchema.safeParse(mac).error?.issues[0];
  if (issue) throw refuse(label, `its MAC is ${JSON.stringify(mac)}`, issue.message);
  for (const [name, what] of Object.entries(guards)) {
    const [guard] = childrenOf(nic, name);
    if (!guard || (name === 'port' && attribute(guard, 'isolated') !== 'yes')) continue;
    const remedy = `take <${name}> out if the guest may go without, or choose other NICs with --nic`;
    throw refuse(label, `has ${what}, which can only be kept on a tap or the switch`, remedy);
  }
  const sources = childrenOf(nic, 'source').length;
  if (sources > 1) throw refuse(label, `has ${sources} <source>`, 'leave one');
}

function checkDriver(nic: Placed, label: string): void {
  const [driver] = childrenOf(nic, 'driver');
  const queues = attribute(driver, 'queues');
  // The maximum of rte_vhost.
  if (queues !== undefined && !isWhole(queues, 1, 128)) {
    throw refuse(label, `has ${shown(queues)} queues`, 'give 1 to 128');
  }
  for (const name of ['rx_queue_size', 'tx_queue_size']) {
    const size = attribute(driver, name);
    // QEMU's bounds (hw/net/virtio-net.c).
    if (size === undefined || (isWhole(size, 256, 1024) && Number.isInteger(Math.log2(+size)))) {
      continue;
    }
    throw refuse(label, `its ${name} is ${shown(size)}`, 'give 256, 512 or 1024');
  }
}

/** A VF has one VLAN, untagged for the guest. @throws InvalidInput for a trunk */
export function checkVlan(nic: Placed, label: string): void {
  const { vlanMode } = vlansOf(nic, refusing(label));
  if (vlanMode === undefined) return;
  const remedy = 'give it one VLAN, or choose other NICs with --nic';
  throw refuse(label, 'is a trunk of VLANs, and can have one', remedy);
}

function isWhole(text: string, least: number, most: number): boolean {
  return /^\d{1,9}$/.test(text) && +text >= least && +text <= most;
}

function shown(text: string): string {
  return JSON.stringify(text.slice(0, 40));
}

function refusing(label: string): Refuse {
  return (problem, remedy) => refuse(label, problem, `${remedy}, or choose other NICs with --nic`);
}

function refuse(thing: string, problem: string, remedy: string): InvalidInput {
  return new InvalidInput({ thing, problem, remedy });
}
