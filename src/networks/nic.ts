/**
 * Network cards of the kernel's as ports. A macvtap in passthru mode has all that its card receives, and what is
 * written to it leaves by the card; the card's driver and its offloads stay the kernel's.
 */
import { hasIpv6, isWireless } from '../system/devices/nets.js';
import { InvalidInput } from '../values/errors.js';
import type { PresentInterface } from './interfaces.js';
import { nodeOwner } from './nodes.js';
import type { InterfaceRecord } from './records.js';
import type { InterfaceStep } from './steps.js';

/** The interface of a port that is a card; `taken_from` as wished. */
export type NicRecord = InterfaceRecord & { nic: string };

export function isOfNic(record: InterfaceRecord): record is NicRecord {
  return record.nic !== undefined;
}

/** Cards, and what stands for one: more of the kernel's kinds, such as a bridge, have frames of their own. */
const KINDS = [undefined, 'bond', 'team', 'vlan', 'veth'];

/** Whether an interface is one, or stands for one, that leads out of this host. */
export function isCard({ kind, isEthernet, name }: PresentInterface): boolean {
  return isEthernet && name !== 'lo' && KINDS.includes(kind);
}

/**
 * The card of this name. `interface`: the macvtap on it that is ours; `bridge`: the one that it may be taken from.
 * @throws InvalidInput for what is no card, or whose loss would be felt
 */
export function mustBeFree(
  name: string,
  present: readonly PresentInterface[],
  { interface: own, bridge }: { interface: string; bridge?: string | undefined },
): PresentInterface {
  const refuse = (problem: string, remedy: string) =>
    new InvalidInput({ thing: `NIC ${name}`, problem, remedy });
  const found = present.find((one) => one.name === name);
  if (!found) {
    const cards = present
      .filter((one) => isCard(one) && one.kind !== 'veth')
      .map((one) => one.name);
    const there = cards.length > 0 ? `NICs here: ${cards.join(', ')}` : 'this host has none';
    throw refuse('there is no such interface', there);
  }
  const { kind, master, isEthernet } = found;
  if (kind === 'bridge') throw refuse('is a bridge', `give --bridge ${name}`);
  if (!isCard(found)) {
    const what = isEthernet && kind !== undefined ? `is of kind ${kind}` : 'carries no Ethernet';
    throw refuse(what, 'give a network card, a bond or a VLAN of one');
  }
  if (isWireless(name)) {
    const problem = 'is wireless, and sends for its own address only';
    throw refuse(problem, "give guests an address of this host's: network add --libvirt default");
  }
  if (master !== undefined && master !== bridge) {
    const isBridge = present.some((one) => one.name === master && one.kind === 'bridge');
    const remedy = isBridge
      ? `join that with --bridge ${master}, or take the NIC from it with --bridge ${master} --take`
      : `give --nic ${master}`;
    throw refuse(`is in ${master}`, remedy);
  }
  const above = present.find(({ parent, name: one }) => parent === name && one !== own);
  if (above)
    throw refuse(`${above.name} is on it, and would hear nothing`, `remove ${above.name} first`);
  const addresses = found.addresses.filter((one) => !/^fe[89ab]/i.test(one));
  if (addresses.length > 0) {
    const remedy = 'put it and its addresses into a bridge, and give --bridge BRIDGE --take';
    throw refuse(`this host would lose its ${addresses.join(', ')}`, remedy);
  }
  return found;
}

/** The card that a bridge leads out by. @throws InvalidInput if it has none, or several */
export function cardOf(bridge: string, present: readonly PresentInterface[]): string {
  const refuse = (problem: string, remedy: string) =>
    new InvalidInput({ thing: `bridge ${bridge}`, problem, remedy });
  const all = present.filter((one) => one.master === bridge);
  const found = all.filter((one) => isCard(one) && one.kind !== 'veth').map(({ name }) => name);
  const [card, ...more] = found;
  if (card === undefined) throw refuse('no network card is in it', 'name what to take with --nic');
  if (more.length === 0) return card;
  throw refuse(`several network cards are in it: ${found.join(', ')}`, 'name one with --nic');
}

/**
 * The steps that hand a card over to the switch's user: none are missing when it has been so. A bridge that it is
 * taken from keeps its address, which may be the card's. @throws as mustBeFree
 */
export function planNic(
  record: NicRecord,
  uid: number,
  present: readonly PresentInterface[],
): InterfaceStep[] {
  const { name, nic, taken_from: bridge } = record;
  const there = present.find((one) => one.name === name);
  if (there && !(there.kind === 'macvtap' && there.parent === nic && there.mode === 'passthru')) {
    const problem = 'this interface is there already, and is not of vmlane';
    throw new InvalidInput({ thing: name, problem, remedy: 'choose another name' });
  }
  const card = mustBeFree(nic, present, { interface: name, bridge });
  const from = present.find((one) => one.name === card.master);
  // The kernel shows broadcasts to the card, too: this host would answer to them, by a way of which its routes know nothing.
  const steps: InterfaceStep[] = [];
  if (record.had_arp && !card.isMute)
    steps.push({
      words: ['link', 'set', 'dev', nic, 'arp', 'off'],
      undo: ['link', 'set', 'dev', nic, 'arp', 'on'],
    });
  if (record.had_ipv6 && hasIpv6(nic)) steps.push({ ipv6: nic, on: false });
  if (from) {
    if (from.mac !== undefined && from.mac === card.mac)
      steps.push({ words: ['link', 'set', 'dev', from.name, 'address', from.mac] });
    const undo = ['link', 'set', 'dev', nic, 'master', from.name];
    steps.push({ words: ['link', 'set', 'dev', nic, 'nomaster'], undo });
  }
  if (!card.isUp)
    steps.push({
      words: ['link', 'set', 'dev', nic, 'up'],
      undo: ['link', 'set', 'dev', nic, 'down'],
    });
  if (!there) {
    const type = ['type', 'macvtap', 'mode', 'passthru'];
    const words = ['link', 'add', 'link', nic, 'name', name, ...type];
    steps.push({ words, undo: ['link', 'del', 'dev', name] });
    // All groups: who is in them is known to guests, and not to this host. It has no address of its own.
    const all = ['allmulticast', 'on', 'addrgenmode', 'none'];
    steps.push({ words: ['link', 'set', 'dev', name, ...all] });
  }
  if (!there || nodeOwner(name) !== uid) steps.push({ node: name, uid });
  if (!there?.isUp) steps.push({ words: ['link', 'set', 'dev', name, 'up'] });
  return steps;
}

/** The steps that give a card back: its place in a bridge, too, unless somebody has put it into another one. */
export function planNicBack(
  record: NicRecord,
  present: readonly PresentInterface[],
): InterfaceStep[] {
  const { name, nic, taken_from: bridge, was_down: wasDown } = record;
  const there = present.find((one) => one.name === name);
  const card = present.find((one) => one.name === nic);
  const steps: InterfaceStep[] = [{ node: name }];
  if (there?.kind === 'macvtap' && there.parent === nic)
    steps.push({ words: ['link', 'del', 'dev', name] });
  if (!card) return steps;
  const isThere = present.some((one) => one.name === bridge && one.kind === 'bridge');
  if (bridge !== undefined && isThere && card.master === undefined)
    steps.push({ words: ['link', 'set', 'dev', nic, 'master', bridge] });
  if (record.had_arp && card.isMute)
    steps.push({ words: ['link', 'set', 'dev', nic, 'arp', 'on'] });
  if (record.had_ipv6 && !hasIpv6(nic)) steps.push({ ipv6: nic, on: true });
  if (wasDown && card.isUp) steps.push({ words: ['link', 'set', 'dev', nic, 'down'] });
  return steps;
}
