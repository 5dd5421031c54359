/** MACs, and the teaming of two NICs under one MAC. */

import { mac as macSchema } from '../../spec/fields.js';
import { attribute, childrenOf, down } from '../../xml/element.js';
import type { Placed } from '../../xml/scan.js';
import { USER_ALIAS } from '../read/alias.js';
import type { DomainNic } from '../read/nics.js';
import { error, type Found, type Rule, shown, warning } from './finding.js';
import type { Subject } from './subject.js';

export const MACS: readonly Rule[] = [
  { name: 'mac', check: form },
  { name: 'mac-of-tap', check: ofTap },
  { name: 'mac-unique', check: unique },
  { name: 'teaming', check: teaming },
];

/** Taps that libvirt makes. */
const TAPS = ['network', 'bridge', 'ethernet'];

function* form({ nics }: Subject): Iterable<Found> {
  for (const { element } of nics) {
    const [at] = childrenOf(element, 'mac');
    const mac = attribute(at, 'address');
    if (!at) continue;
    if (mac === undefined) {
      const problem = 'has no address, so libvirt makes a new one at each define';
      yield warning(at, problem, 'give one, or leave <mac> out');
      continue;
    }
    const issue = macSchema.safeParse(mac).error?.issues[0];
    if (!issue) continue;
    const described = issue.code === 'custom' ? String(issue.params?.problem) : 'is no MAC';
    const problem = described.includes(mac) ? described : `${shown(mac)} ${described}`;
    const remedy = /^leave/.test(issue.message)
      ? 'leave <mac> out: libvirt makes one'
      : issue.message;
    yield error(at, problem, remedy);
  }
}

/**
 * libvirt sets the first octet of the host's end of a tap to fe, and refuses a guest with it (virnetdevtap.c), unless
 * another program makes the tap.
 */
function* ofTap({ nics }: Subject): Iterable<Found> {
  for (const { element, type, mac } of nics) {
    const [at] = childrenOf(element, 'mac');
    const [target] = childrenOf(element, 'target');
    if (type === 'ethernet' && attribute(target, 'managed') === 'no') continue;
    if (!at || !TAPS.includes(type) || !mac?.startsWith('fe:')) continue;
    const problem = `${shown(mac)} begins with fe, which libvirt keeps for the host's end`;
    yield error(at, problem, 'give another first octet, such as 52');
  }
}

function* unique({ nics }: Subject): Iterable<Found> {
  const users = new Map<string, DomainNic<Placed>>();
  for (const nic of nics) {
    const [at] = childrenOf(nic.element, 'mac');
    if (!at || nic.mac === undefined) continue;
    const twin = users.get(nic.mac);
    users.set(nic.mac, twin ?? nic);
    if (!twin || inOneTeam(twin, nic)) continue;
    const problem = `${shown(nic.mac)} is the MAC of interface ${twin.index + 1}, too`;
    yield error(at, problem, 'give each NIC its own; only the two of a <teaming> share one');
  }
}

/** Source: formatdomain, "Teaming a virtio/hostdev NIC pair" (libvirt 6.1). */
function* teaming({ domain, nics }: Subject): Iterable<Found> {
  // The VF of a pair may be a <hostdev>, which has no MAC (libvirt 7.1).
  const others = down(domain, 'devices', 'hostdev').flatMap((one) => childrenOf(one, 'teaming'));
  for (const at of others) {
    if (!nics.some((nic) => nic.alias === attribute(at, 'persistent'))) yield loner(at);
  }
  for (const nic of nics) {
    const [at] = childrenOf(nic.element, 'teaming');
    const type = attribute(at, 'type');
    if (!at) continue;
    if (type === 'persistent') {
      yield* persistent(nic, [
        ...nics.map(persistentOf),
        ...others.map((one) => attribute(one, 'persistent')),
      ]);
      continue;
    }
    if (type !== 'transient') {
      const problem = `type=${shown(type ?? '')} is neither persistent nor transient`;
      yield error(at, problem, 'write persistent for the virtio NIC, transient for the VF');
      continue;
    }
    if (!['hostdev', 'network'].includes(nic.type)) {
      const problem = `a transient NIC of type ${shown(nic.type)} cannot be unplugged for a migration`;
      yield error(at, problem, "only one of type='hostdev' can be transient");
    }
    const partner = nics.find((one) => one.alias === attribute(at, 'persistent'));
    if (!partner) yield loner(at);
    else if (partner.mac === undefined || partner.mac !== nic.mac) {
      const macs = [partner, nic].map(({ mac }) => (mac === undefined ? 'none' : shown(mac)));
      const problem = `the MACs of the pair differ: ${macs.join(' and ')}`;
      yield error(at, problem, 'give both the same, or the guest does not bond them');
    }
  }
}

/** The VF of a team without a virtio NIC. */
function loner(at: Placed): Found {
  const problem = `persistent=${shown(attribute(at, 'persistent') ?? '')} is the alias of no NIC`;
  return error(at, problem, "give the virtio NIC <alias name='ua-…'/>, and its name here");
}

/** `partners`: the aliases that VFs name. */
function* persistent(
  nic: DomainNic<Placed>,
  partners: readonly (string | undefined)[],
): Iterable<Found> {
  const [at] = childrenOf(nic.element, 'teaming');
  if (!at) return;
  if (!nic.model.startsWith('virtio')) {
    yield error(at, 'the persistent NIC of a pair must be virtio', "write <model type='virtio'/>");
  }
  const alias = nic.alias ?? '';
  if (!alias.startsWith(USER_ALIAS)) {
    const problem = `its alias is ${shown(alias)}, and libvirt keeps only those that begin with ua-`;
    yield error(at, problem, "write <alias name='ua-team0'/>");
  } else if (!partners.includes(alias)) {
    const problem = `no NIC has <teaming type='transient' persistent=${shown(alias)}/>`;
    yield error(at, problem, 'add it to the VF, or take <teaming> out');
  }
}

function inOneTeam(one: DomainNic<Placed>, other: DomainNic<Placed>): boolean {
  const pairs: [DomainNic<Placed>, DomainNic<Placed>][] = [
    [one, other],
    [other, one],
  ];
  return pairs.some(([a, b]) => a.alias !== undefined && a.alias === persistentOf(b));
}

function persistentOf({ element }: DomainNic<Placed>): string | undefined {
  return attribute(childrenOf(element, 'teaming')[0], 'persistent');
}
