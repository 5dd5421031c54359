/** Settings that an operator relies on to keep guests apart, and their equivalents on a port of the switch. */
import { PORT_SETTINGS } from '../../contract/bounds.js';
import { attribute, childrenOf, down } from '../../xml/element.js';
import type { Placed } from '../../xml/scan.js';
import { whole } from '../read/values.js';
import { error, type Found, type Rule, shown, warning } from './finding.js';
import type { Subject } from './subject.js';

export const ISOLATION: readonly Rule[] = [
  { name: 'vlan', check: vlan },
  { name: 'filter', check: filter },
  { name: 'port-isolation', check: isolation },
  { name: 'bandwidth', check: bandwidth },
  { name: 'port-settings', check: settings },
];

/**
 * libvirt 9.0 accepts the definition and refuses the start: "vlan tag not supported for this connection
 * type". vmlane takes the VLAN from `<metadata>`.
 */
function* vlan({ vhostUser }: Subject): Iterable<Found> {
  for (const { element, path } of vhostUser) {
    for (const at of childrenOf(element, 'vlan')) {
      const tags = childrenOf(at, 'tag').map((tag) => attribute(tag, 'id') ?? '');
      const problem = `libvirt starts no guest that has a VLAN (${tags.map(shown).join(', ') || 'none'}) on vhost-user`;
      const [tag = '…', ...more] = tags;
      const vlan = more.length > 0 ? '"…"' : shown(tag);
      const port = `<vmlane:port path=${shown(path)} vlan=${vlan}/>`;
      yield error(at, problem, `take it out; in <metadata>, ${port} gives it to the switch's port`);
    }
  }
}

function* filter({ vhostUser }: Subject): Iterable<Found> {
  for (const { element } of vhostUser) {
    for (const at of childrenOf(element, 'filterref')) {
      const problem = `the network filter ${shown(attribute(at, 'filter') ?? '')} does not work on vhost-user`;
      const remedy = 'take it out; the port lets the guest send from its MAC only';
      yield error(at, problem, remedy);
    }
  }
}

function* isolation({ vhostUser }: Subject): Iterable<Found> {
  for (const { element } of vhostUser) {
    for (const at of childrenOf(element, 'port')) {
      if (attribute(at, 'isolated') !== 'yes') continue;
      const problem = 'ports of a vhost-user switch are not isolated by this';
      yield error(at, problem, 'take it out, and give the guests different VLANs');
    }
  }
}

/** The children of `<bandwidth>`, which may be empty. */
const DIRECTIONS = ['inbound', 'outbound'];

/** Source: virNetDevBandwidthSupportsFloor, which both drivers ask at the definition (9.0). */
function* bandwidth({ vhostUser }: Subject): Iterable<Found> {
  for (const { element } of vhostUser) {
    for (const at of childrenOf(element, 'bandwidth')) {
      const limits = at.children.filter(({ name }) => DIRECTIONS.includes(name));
      const floor = limits.find((one) => attribute(one, 'floor') !== undefined);
      if (floor) {
        const problem =
          'floor is for networks of libvirt alone, which starts no guest with it here';
        yield error(floor, problem, 'take floor out');
      } else if (limits.length > 0) {
        const problem = 'libvirt does not limit the rate of a vhost-user NIC';
        yield warning(at, problem, 'take it out; the switch has no such limit');
      }
    }
  }
}

/** Bounds of ports' settings, `urn:vmlane:ports:1`; their readers leave out what is out of bounds. */
const BOUNDS: Record<string, [least: number, most: number]> = {
  vlan: [1, PORT_SETTINGS.vlan.max],
  'address-limit': [1, PORT_SETTINGS.address_limit.max],
  'flood-limit': [1, PORT_SETTINGS.flood_limit.max],
};

function* settings({ domain, vhostUser }: Subject): Iterable<Found> {
  for (const port of portsOf(domain)) {
    const path = attribute(port, 'path');
    if (!vhostUser.some((nic) => nic.path === path)) {
      const problem = `its path ${shown(path ?? '')} is the socket of no NIC, so it has no effect`;
      yield warning(port, problem, "give it a NIC's socket, or take it out");
    }
    for (const [name, [least, most]] of Object.entries(BOUNDS)) {
      const text = attribute(port, name);
      if (text === undefined || whole(text, least, most) !== undefined) continue;
      const problem = `${name}=${shown(text)} would have no effect`;
      yield error(port, problem, `give ${least} to ${most}`);
    }
    for (const name of ['pinned', 'spoofchk']) {
      const text = attribute(port, name);
      if (text === undefined || ['yes', 'no'].includes(text)) continue;
      yield error(port, `${name}=${shown(text)} would have no effect`, 'write yes or no');
    }
  }
}

function portsOf(domain: Placed): Placed[] {
  return down(domain, 'metadata', 'vmlane:ports', 'vmlane:port');
}
