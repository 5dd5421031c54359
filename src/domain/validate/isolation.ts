/** Settings that an operator relies on to keep guests apart, and their equivalents on a port of the switch. */
import { attribute, childrenOf, down } from '../../xml/element.js';
import type { Placed } from '../../xml/scan.js';
import { filterOf } from '../read/filters.js';
import {
  NUMBER_ATTRIBUTES,
  type PortSettings,
  readSettings,
  settingAttributes,
} from '../read/port-settings.js';
import { limitsOf, tagsOf, vlansOf } from '../read/promised.js';
import type { Refuse } from '../read/refuse.js';
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
      const tags = tagsOf(element).map(shown).join(', ') || 'none';
      const problem = `libvirt starts no guest that has a VLAN (${tags}) on vhost-user`;
      yield error(
        at,
        problem,
        inMetadata(
          path,
          attributesOf((refuse) => vlansOf(element, refuse)),
        ),
      );
    }
  }
}

function* filter({ vhostUser }: Subject): Iterable<Found> {
  for (const { element, path } of vhostUser) {
    for (const at of childrenOf(element, 'filterref')) {
      const problem = `the network filter ${shown(attribute(at, 'filter') ?? '')} does not work on vhost-user`;
      const written = attributesOf((refuse) => filterOf(element, refuse));
      const remedy =
        written === '…'
          ? 'take it out; the port lets the guest send from its MAC only'
          : inMetadata(path, written);
      yield error(at, problem, remedy);
    }
  }
}

/** libvirt 9.0 refuses the definition: "… is not supported for network interfaces with type='vhostuser'". */
function* isolation({ vhostUser }: Subject): Iterable<Found> {
  for (const { element, path } of vhostUser) {
    for (const at of childrenOf(element, 'port')) {
      if (attribute(at, 'isolated') !== 'yes') continue;
      const problem = 'ports of a vhost-user switch are not isolated by this';
      yield error(at, problem, inMetadata(path, 'isolated="yes"'));
    }
  }
}

/** The children of `<bandwidth>`, which may be empty. */
const DIRECTIONS = ['inbound', 'outbound'];

/** Source: virNetDevBandwidthSupportsFloor, which both drivers ask at the definition (9.0). */
function* bandwidth({ vhostUser }: Subject): Iterable<Found> {
  for (const { element, path } of vhostUser) {
    for (const at of childrenOf(element, 'bandwidth')) {
      const limits = at.children.filter(({ name }) => DIRECTIONS.includes(name));
      const floor = limits.find((one) => attribute(one, 'floor') !== undefined);
      if (floor) {
        const problem =
          'floor is for networks of libvirt alone, which starts no guest with it here';
        yield error(floor, problem, 'take floor out');
      } else if (limits.length > 0) {
        const problem = 'libvirt does not limit the rate of a vhost-user NIC';
        const written = attributesOf((refuse) => limitsOf(element, refuse));
        yield warning(at, problem, inMetadata(path, written));
      }
    }
  }
}

/** How a NIC on the switch gets what libvirt's element would give it on a tap. */
function inMetadata(path: string, attributes: string): string {
  const port = `<vmlane:port path=${shown(path)} ${attributes}/>`;
  return `take it out; in <metadata>, ${port} gives it to the switch's port`;
}

/** The attributes with these settings; … for an element that libvirt would refuse anyway. */
function attributesOf(read: (refuse: Refuse) => PortSettings): string {
  let isRefused = false;
  const refuse = (problem: string) => {
    isRefused = true;
    return new Error(problem);
  };
  try {
    const pairs = Object.entries(settingAttributes(read(refuse)));
    const texts = pairs.flatMap(([name, value]) =>
      value === undefined ? [] : `${name}=${shown(String(value))}`,
    );
    return texts.join(' ') || '…';
  } catch (cause) {
    if (isRefused) return '…';
    throw cause;
  }
}

function* settings({ domain, vhostUser }: Subject): Iterable<Found> {
  for (const port of portsOf(domain)) {
    const path = attribute(port, 'path');
    if (!vhostUser.some((nic) => nic.path === path)) {
      const problem = `its path ${shown(path ?? '')} is the socket of no NIC, so it has no effect`;
      yield warning(port, problem, "give it a NIC's socket, or take it out");
    }
    const { wrong, trouble } = readSettings(port.attributes);
    for (const { name, most } of NUMBER_ATTRIBUTES) {
      const text = attribute(port, name);
      if (text === undefined || whole(text, 1, most) !== undefined) continue;
      yield error(port, `${name}=${shown(text)} would have no effect`, `give 1 to ${most}`);
    }
    for (const { name, wanted } of wrong) {
      if (NUMBER_ATTRIBUTES.some((one) => one.name === name)) continue;
      const text = attribute(port, name) ?? '';
      yield error(port, `${name}=${shown(text)} would have no effect`, `write ${wanted}`);
    }
    if (trouble) yield error(port, trouble.problem, trouble.remedy);
  }
}

function portsOf(domain: Placed): Placed[] {
  return down(domain, 'metadata', 'vmlane:ports', 'vmlane:port');
}
