/** Turns NICs of an existing domain into vhost-user ports or VFs, and back. Pure: XML in, XML out. */

import type { PortRequest } from '../../contract/types.js';
import { InvalidInput } from '../../values/errors.js';
import { mtuTrouble } from '../../values/frame-mtu.js';
import { regionTrouble } from '../../values/memory-regions.js';
import { nicLabel } from '../../values/nic-label.js';
import { applyEdits, type Edit, quoteOf } from '../../xml/edit.js';
import { attribute, childrenOf } from '../../xml/element.js';
import type { Placed } from '../../xml/scan.js';
import { shareMemory } from '../change/share-memory.js';
import type { Domain } from '../domain.js';
import type { AttachedNetwork } from '../read/attached.js';
import { isWrapped } from '../read/emulator.js';
import { merged } from '../read/kept-settings.js';
import { type NetworkDefinition, withInherited } from '../read/libvirt-network.js';
import { layoutOf } from '../read/memory-parts.js';
import { largeMtu } from '../read/mtus.js';
import { nicsOf } from '../read/nics.js';
import { settingValues } from '../read/port-settings.js';
import { privateMemory } from '../read/shared-memory.js';
import {
  type ConvertibleNic,
  chooseNics,
  type Hindrance,
  isKept,
  obstacle,
  type Trouble,
} from './choose.js';
import { interfaceEdits, type PlannedNic } from './interface.js';
import { isThere, keyOf, type Move, movesOf } from './moves.js';
import { aliasTrouble, type MendedNic, mended, mtuEdits, unstartable } from './mtu.js';
import { lostNetwork, type NetworkChoice, networkOf } from './network.js';
import { type Kept, keepRecord, NOTHING, recordOf } from './record.js';
import { type MovedRelay, relayEdits, relayObstacle } from './relay.js';
import { vfEdits } from './vf.js';

/** Which NICs to move, and where to. */
export interface ConvertOptions {
  /** NICs to move: MACs, names of `<target>`, numbers from 0. Default: all virtio NICs of taps. */
  nics?: readonly string[];
  /** Absolute path of the folder of the sockets. Default: /run/vmlane/guests. */
  socketDir?: string;
  /** Networks of the switch, for ports. Absent: a NIC keeps its own VLAN, and nothing is said of its network. */
  networks?: NetworkChoice;
  /** Definitions of libvirt's networks that NICs are in: what their portgroups give is kept. */
  definitions?: readonly NetworkDefinition[];
  /** Bytes of the largest frame that the switch carries; absent: it was not asked. */
  maxFrame?: number | undefined;
  /** VFs instead of ports: one for each NIC to move, in their order, or a libvirt network of VFs. */
  vfs?: readonly string[] | { pool: string };
  /** Relays instead of ports: one for each VF that is passed through and to move, in their order. */
  relays?: readonly string[];
}

/** A NIC that was moved. */
export interface ConvertedNic {
  /** Its place among the domain's interfaces, from 0. */
  index: number;
  /** Lower case; undefined: libvirt will choose one at define. */
  mac: string | undefined;
  /** The type it had, such as `network`. */
  from: string;
  /** Its socket: the switch listens there, QEMU dials. Undefined for a VF. */
  path: string | undefined;
  /** Its VF's address, or the libvirt network that the VF comes from. */
  vf: string | undefined;
  /** The relay that it is an end of now, and what its VF must be set to. */
  relay: MovedRelay | undefined;
  /** The network of the switch that it comes into. */
  network: string | undefined;
  /** What its port must get, in the switch's words: the VLAN of that network or those that it had, isolation, limits. */
  settings: Readonly<Partial<PortRequest>>;
  /** Its MTU, if not every switch carries it and the switch was not asked. */
  largeMtu: number | undefined;
  /** What its new network carries, if that is less than its MTU. */
  networkMtu: number | undefined;
  /** Its network is not reached from the switch: what to do about that. */
  lost: Trouble | undefined;
  /** Elements, and `floor`, that were left out because only a tap can have them. */
  dropped: readonly string[];
}

/** A NIC that was not moved though none was chosen, and why. */
export interface StayingNic {
  /** Its place among the domain's interfaces, from 0. */
  index: number;
  mac: string | undefined;
  problem: string;
  remedy: string;
}

/** What convertDomain did. If nothing moved and nothing was mended, `xml` is the given text. */
export interface Conversion {
  name: string;
  xml: string;
  nics: ConvertedNic[];
  /** NICs that are where they should be, and with which libvirt did not start the guest: it would set their MTU. None if some were named. */
  mended: MendedNic[];
  /** NICs that stay, unless some were named. Those that are where they should be only if that does not work. */
  stays: StayingNic[];
}

/**
 * Moves NICs of any domain to vhost-user ports, for which it shares the guest's memory, or to VFs,
 * and changes no other byte. Keeps the former text in `<metadata>` for revertDomain. Returns the same
 * text if there is nothing to move or to mend. Sockets are `<socketDir>/<name>/<number>.sock`, where the switch listens.
 * @throws InvalidInput for XML that is not a domain, and NICs that do not exist or cannot be moved
 */
export function convertDomain(
  { text: xml, placed: domain, name }: Domain,
  options: ConvertOptions = {},
): Conversion {
  const all = nicsOf(domain);
  const { vfs, relays, definitions = [] } = options;
  // A VF is on the network of its card.
  const networks = vfs || relays ? undefined : options.networks;
  const lane = vfs === undefined;
  const hindrance: Hindrance = (nic) =>
    (relays ? relayObstacle(nic) : obstacle(nic, definitions)) ??
    staysIn(nic, networks, definitions) ??
    (lane ? (tooLarge(nic, options) ?? aliasTrouble(nic, domain)) : pastLibvirt(nic));
  const chosen = chooseNics(all, options.nics, (nic) => isThere(nic, options), hindrance);
  const stays = options.nics ? [] : staying(all, domain, options, hindrance);
  const quote = quoteOf(xml, domain);
  const refused = lane && !options.nics ? unstartable(all, domain) : [];
  const announcing = lane ? mtuEdits(xml, domain, [...chosen, ...refused], quote) : [];
  const others = { mended: mended(refused), stays };
  if (chosen.length === 0) return { name, xml: applyEdits(xml, announcing), nics: [], ...others };
  checkGuest(domain, name, vfs !== undefined);
  const moves = movesOf(chosen, all, name, options);
  const nics: ConvertedNic[] = [];
  const edits: Edit[] = [];
  const record: Kept = { ...NOTHING, interfaces: [], attributes: [] };
  for (const [i, nic] of chosen.entries()) {
    const { index, mac, type: from, element } = nic;
    const move = moves[i] as Move;
    const { path, vf } = move;
    const planned = plannedNic(xml, nic, move, { quote, definitions });
    const { dropped, relay } = planned;
    const network = networkOf(nic, networks, definitions);
    const own = network && { vlan: network.vlan, network: network.name };
    const settings = merged(planned.settings, own ?? {});
    edits.push(...planned.edits);
    const was = xml.slice(element.start, element.end);
    record.interfaces.push({ ...keyOf(move, mac), settings, was });
    const target = path === undefined ? ('pool' in vf ? vf.pool : vf.address) : undefined;
    const lost = lostNetwork(nic, networks, definitions);
    const port = { network: network?.name, settings: settingValues(settings) };
    const known = { index, mac, from, path, vf: target, relay, ...port, lost };
    const networkMtu = narrower(nic, network);
    const asked = !lane || options.maxFrame !== undefined;
    nics.push({ ...known, largeMtu: asked ? undefined : largeMtu(nic), networkMtu, dropped });
  }
  if (vfs === undefined) {
    const sharing = shareMemory(xml, domain, quote);
    record.memoryBacking = sharing.memoryBacking;
    record.attributes = sharing.attributes;
    edits.push(...sharing.edits);
  }
  edits.push(keepRecord(xml, domain, joined(recordOf(domain), record, all)), ...announcing);
  return { name, xml: applyEdits(xml, edits), nics, ...others };
}

/** The change of one NIC. @throws InvalidInput for what it cannot have where it goes */
function plannedNic(
  xml: string,
  nic: ConvertibleNic,
  { path, relay, vf }: Move,
  { quote, definitions }: { quote: string; definitions: readonly NetworkDefinition[] },
): PlannedNic & { relay?: MovedRelay } {
  const label = nicLabel(nic);
  if (path === undefined) return vfEdits(xml, nic.element, { label, vf, quote });
  if (relay !== undefined) return relayEdits(xml, nic, { label, path, relay, quote });
  const given = withInherited(nic, definitions);
  return interfaceEdits(xml, nic.element, { label, path, quote, given });
}

/** Why a NIC stays in its network. */
function staysIn(
  nic: ConvertibleNic,
  choice: NetworkChoice | undefined,
  definitions: readonly NetworkDefinition[],
): Trouble | undefined {
  const tells = choice && 'others' in choice && choice.others === 'tell';
  // A VLAN of its network's is lost for certain.
  return tells && !networkOf(nic, choice, definitions)
    ? undefined
    : lostNetwork(nic, choice, definitions);
}

/** The MTU of a network that carries less than the NIC announces. */
function narrower(nic: ConvertibleNic, network: AttachedNetwork | undefined): number | undefined {
  const mtu = largeMtu(nic);
  if (mtu === undefined || network?.mtu === undefined) return undefined;
  return network.mtu < mtu ? network.mtu : undefined;
}

/** Frames of its MTU would be lost. */
function tooLarge(nic: ConvertibleNic, { maxFrame }: ConvertOptions): Trouble | undefined {
  const mtu = largeMtu(nic);
  if (mtu === undefined || maxFrame === undefined || nic.type === 'vhostuser') return undefined;
  return mtuTrouble(mtu, maxFrame);
}

/** No VF has such a property, and QEMU would not start. */
function pastLibvirt({ hostMtu, alias }: ConvertibleNic): Trouble | undefined {
  if (hostMtu === undefined) return undefined;
  const problem = `<qemu:override> sets the MTU of ${alias}, which no VF has`;
  return { problem, remedy: 'take host_mtu out there' };
}

function staying(
  all: readonly ConvertibleNic[],
  domain: Placed,
  targets: ConvertOptions,
  hindrance: Hindrance,
): StayingNic[] {
  const unread = isWrapped(domain) ? undefined : privateMemory(domain)[0];
  const moved = targets.vfs === undefined && all.some((nic) => !hindrance(nic));
  return all.flatMap((nic) => {
    const { index, mac, type } = nic;
    if (!isThere(nic, targets)) {
      const found = hindrance(nic);
      return found ? { index, mac, ...found } : [];
    }
    // Moving another NIC shares the memory.
    if (type !== 'vhostuser' || !unread || moved) return [];
    const problem = `is on a switch, which cannot read the guest's memory: ${unread.why}`;
    return { index, mac, problem, remedy: unread.remedy };
  });
}

/** Both records in one: an earlier conversion's comes first, with those of its NICs that still exist. */
function joined(old: Kept | undefined, fresh: Kept, nics: readonly ConvertibleNic[]): Kept {
  if (!old) return fresh;
  const there = old.interfaces.filter((kept) => nics.some((nic) => isKept(nic, kept)));
  const known = new Set(old.attributes.map(({ of, index }) => `${of} ${index}`));
  return {
    metadata: old.metadata,
    interfaces: [...there, ...fresh.interfaces],
    memoryBacking: old.memoryBacking ?? fresh.memoryBacking,
    attributes: [
      ...old.attributes,
      ...fresh.attributes.filter(({ of, index }) => !known.has(`${of} ${index}`)),
    ],
  };
}

function checkGuest(domain: Placed, name: string, vfs: boolean): void {
  const refuse = (problem: string, remedy: string) =>
    new InvalidInput({ thing: `domain ${name}`, problem, remedy });
  const type = attribute(domain, 'type') ?? '';
  if (!['kvm', 'qemu', 'test'].includes(type)) {
    throw refuse(`its type is ${type || '(none)'}`, 'only kvm and qemu have vhost-user and VFIO');
  }
  if (vfs) return;
  const regions = regionTrouble(layoutOf(domain));
  if (regions) throw refuse(regions.problem, `${regions.remedy}, or leave its NICs where they are`);
  if (childrenOf(domain, 'launchSecurity').length === 0) return;
  const problem = 'has <launchSecurity>: its memory is encrypted, no switch can read it';
  throw refuse(problem, 'leave its NICs where they are');
}
