/** Turns one NIC into a virtual function, by edits of its XML. */

import { InvalidInput } from '../../values/errors.js';
import { pciAddressOf, pciAttributes } from '../../values/pci.js';
import { type Edit, escaped, leadOf, removal, setAttribute, stepOf } from '../../xml/edit.js';
import { attribute, childrenOf } from '../../xml/element.js';
import type { Placed } from '../../xml/scan.js';
import { checkForVf, checkVlan, type PlannedNic, sourceEdit } from './interface.js';

/** The VF for a NIC: by its address (`0000:3b:02.1`), or any of a libvirt network of VFs. */
export type Vf = { address: string } | { pool: string };

/** Elements that only a virtio NIC on a tap has (libvirt 9.0, virDomainNetDefFormat). */
const VIRTIO_ONLY = [
  ...['model', 'driver', 'target', 'guest', 'mtu', 'link', 'bandwidth', 'script', 'downscript'],
  ...['backend', 'tune', 'coalesce', 'virtualport', 'ip', 'route', 'portForward'],
];
/** Of those, the ones that an operator may have set, and whose loss is reported. */
const REPORTED = ['mtu', 'link', 'bandwidth', 'script', 'downscript', 'virtualport', 'ip', 'route'];

/**
 * Edits of one `<interface>`. MAC, VLAN, alias, boot order, PCI address and unknown elements stay.
 * @throws InvalidInput for what a VF cannot have
 */
export function vfEdits(
  xml: string,
  nic: Placed,
  { label, vf, quote }: { label: string; vf: Vf; quote: string },
): PlannedNic {
  checkForVf(nic, label);
  const refuse = (problem: string, remedy: string) =>
    new InvalidInput({ thing: label, problem, remedy });
  if (childrenOf(nic, 'teaming').length > 0) {
    throw refuse('is in a team with a VF already', 'choose other NICs with --nic');
  }
  if ('pool' in vf && attribute(childrenOf(nic, 'mac')[0], 'address') === undefined) {
    throw refuse('has no MAC to distinguish it from others of the pool', 'give it a <mac>');
  }
  checkVlan(nic, label);
  const gone = nic.children.filter(({ name }) => VIRTIO_ONLY.includes(name));
  const { attributes, source } = written(xml, nic, vf, quote);
  const edits: Edit[] = [
    ...Object.entries(attributes).map(([name, value]) => setAttribute(nic, name, value, quote)),
    sourceEdit(xml, nic, source),
    ...gone.map((one) => removal(xml, one)),
  ];
  const dropped = new Set(gone.map(({ name }) => name).filter((name) => REPORTED.includes(name)));
  return { edits, settings: {}, dropped: [...dropped] };
}

function written(xml: string, nic: Placed, vf: Vf, q: string) {
  if ('pool' in vf) {
    const source = `<source network=${q}${escaped(vf.pool)}${q}/>`;
    return { attributes: { type: 'network' }, source };
  }
  const given = Object.entries(pciAttributes(vf.address));
  const parts = given.map(([name, value]) => `${name}=${q}${value}${q}`);
  const lead = leadOf(xml, (childrenOf(nic, 'source')[0] ?? nic.children[0] ?? nic).start);
  const inner = lead && lead + stepOf(xml, nic, nic.children[0] ?? nic);
  const address = `${inner}<address type=${q}pci${q} ${parts.join(' ')}/>${lead}`;
  // managed: libvirt takes the VF from the host's driver and returns it.
  return {
    attributes: { type: 'hostdev', managed: 'yes' },
    source: `<source>${address}</source>`,
  };
}

/** A NIC's VF: its address in lower case, or its network. */
export function vfOf(nic: Placed): { address?: string; pool?: string } {
  const [source] = childrenOf(nic, 'source');
  if (attribute(nic, 'type') === 'network') {
    const pool = attribute(source, 'network');
    return pool === undefined ? {} : { pool };
  }
  const [place] = childrenOf(source, 'address');
  if (attribute(nic, 'type') !== 'hostdev' || place === undefined) return {};
  const address = pciAddressOf((name) => attribute(place, name));
  return address === undefined ? {} : { address };
}
