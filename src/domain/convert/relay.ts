/** Turns a VF that is passed through into the guest's end of a relay onto the same VF, by edits of its XML. */

import { InvalidInput } from '../../values/errors.js';
import { dropAttributes, type Edit, removal, setAttribute } from '../../xml/edit.js';
import { attribute, childrenOf } from '../../xml/element.js';
import type { Placed } from '../../xml/scan.js';
import { VIRTIO } from '../read/nics.js';
import { tagsOf } from '../read/promised.js';
import { unserved } from '../read/unserved.js';
import type { ConvertibleNic, Trouble } from './choose.js';
import { checkForVf, checkVlan, type PlannedNic, socketSource, sourceEdit } from './interface.js';
import { vfOf } from './vf.js';

/** A relay that a NIC was moved to. What libvirt has set at the VF is for somebody else to set from now on. */
export interface MovedRelay {
  name: string;
  /** `0000:3b:02.1` */
  vf: string;
  mac: string;
  /** 0: none. */
  vlan: number;
}

/** Elements that a VF's NIC may have and a vhost-user one may not: libvirt's own driver is vfio. */
const VF_ONLY = ['driver', 'vlan', 'virtualport', 'bandwidth'];
/** Of those, the ones whose loss is reported. The VLAN is the VF's. */
const REPORTED = ['virtualport', 'bandwidth'];

/** Why a NIC cannot become a relay; undefined if it can. */
export function relayObstacle(nic: ConvertibleNic): Trouble | undefined {
  if (nic.type !== 'hostdev') {
    const problem = `is of type ${nic.type || '(none)'}, and a relay is onto a VF`;
    return { problem, remedy: "choose one of <interface type='hostdev'>" };
  }
  if (childrenOf(nic.element, 'teaming').length > 0) {
    const problem = 'is the VF of a team, which the guest leaves for a migration';
    return { problem, remedy: 'leave it where it is, or take <teaming> out of both NICs' };
  }
  const found = unserved(nic.element);
  if (found) return { problem: found.problem, remedy: found.remedy };
  if (vfOf(nic.element).address === undefined) {
    const remedy = "give <source> the VF's <address type='pci' …/>";
    return { problem: 'does not tell which VF it is', remedy };
  }
  if (nic.mac !== undefined) return undefined;
  const problem = 'has no MAC, and the VF must have the same';
  return { problem, remedy: 'give it a <mac>' };
}

/**
 * Edits of one `<interface type='hostdev'>`: MAC, PCI address, boot order, alias and unknown elements stay.
 * @throws InvalidInput for what a VF cannot have
 */
export function relayEdits(
  xml: string,
  nic: ConvertibleNic,
  { label, path, relay, quote }: { label: string; path: string; relay: string; quote: string },
): PlannedNic & { relay: MovedRelay } {
  const { element } = nic;
  checkForVf(element, label);
  const moved = { name: relay, ...vfSettings(nic, label) };
  const models = childrenOf(element, 'model');
  const model = models.length === 0 ? `<model type=${quote}virtio${quote}/>` : '';
  const gone = element.children.filter(({ name }) => VF_ONLY.includes(name));
  const edits: Edit[] = [
    setAttribute(element, 'type', 'vhostuser', quote),
    ...dropAttributes(element, ['managed']),
    sourceEdit(xml, element, socketSource(path, quote), model),
    ...models
      .filter((one) => !VIRTIO.includes(attribute(one, 'type') ?? ''))
      .map((one) => setAttribute(one, 'type', 'virtio', quote)),
    ...gone.map((one) => removal(xml, one)),
  ];
  const dropped = gone.map(({ name }) => name).filter((name) => REPORTED.includes(name));
  return { edits, settings: { relay }, dropped: [...new Set(dropped)], relay: moved };
}

function vfSettings({ element, mac }: ConvertibleNic, label: string): Omit<MovedRelay, 'name'> {
  const { address: vf } = vfOf(element);
  if (vf === undefined || mac === undefined) {
    throw new InvalidInput({ thing: label, problem: 'is no VF', remedy: 'choose another' });
  }
  return { vf, mac, vlan: vlanOf(element, label) };
}

/** libvirt takes 0 for none here. */
function vlanOf(nic: Placed, label: string): number {
  const tags = tagsOf(nic);
  if (tags.length === 1 && tags[0] === '0') return 0;
  checkVlan(nic, label);
  return Number(tags[0] ?? 0);
}
