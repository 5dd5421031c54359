/** Turns NICs of an existing domain into vhost-user ports or VFs, and back. Pure: XML in, XML out. */

import type { PortRequest } from '../../contract/types.js';
import { InvalidInput } from '../../values/errors.js';
import { mtuTrouble } from '../../values/frame-mtu.js';
import { guestSocket } from '../../values/guest-socket.js';
import { regionTrouble } from '../../values/memory-regions.js';
import { nicLabel } from '../../values/nic-label.js';
import { GUEST_FOLDER, pathTrouble, SOCKET_PATH_MAX } from '../../values/socket-path.js';
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
import { nicsOf, pathOf } from '../read/nics.js';
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
import { interfaceEdits } from './interface.js';
import { lostNetwork, type NetworkChoice, networkOf } from './network.js';
import { type Kept, type KeptNic, keepRecord, NOTHING, recordOf } from './record.js';
import { type Vf, vfEdits, vfOf } from './vf.js';

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

/** What convertDomain did. If nothing moved, `nics` is empty and `xml` is the given text. */
export interface Conversion {
  name: string;
  xml: string;
  nics: ConvertedNic[];
  /** NICs that stay, unless some were named. Those that are where they should be only if that does not work. */
  stays: StayingNic[];
}

/**
 * Moves NICs of any domain to vhost-user ports, for which it shares the guest's memory, or to VFs,
 * and changes no other byte. Keeps the former text in `<metadata>` for revertDomain. Returns the same
 * text if there is nothing to move. Sockets are `<socketDir>/<name>/<number>.sock`, where the switch listens.
 * @throws InvalidInput for XML that is not a domain, and NICs that do not exist or cannot be moved
 */
export function convertDomain(
  { text: xml, placed: domain, name }: Domain,
  options: ConvertOptions = {},
): Conversion {
  const all = nicsOf(domain);
  const { vfs, definitions = [] } = options;
  // A VF is on the network of its card.
  const networks = vfs === undefined ? options.networks : undefined;
  const lane = vfs === undefined;
  const hindrance: Hindrance = (nic) =>
    obstacle(nic, definitions) ??
    staysIn(nic, networks, definitions) ??
    (lane ? tooLarge(nic, options) : undefined);
  const chosen = chooseNics(all, options.nics, (nic) => isThere(nic, vfs), hindrance);
  const stays = options.nics ? [] : staying(all, domain, vfs, hindrance);
  if (chosen.length === 0) return { name, xml, nics: [], stays };
  checkGuest(domain, name, vfs !== undefined);
  const quote = quoteOf(xml, domain);
  const moves = vfs === undefined ? portsFor(chosen, all, name, options) : vfsFor(chosen, all, vfs);
  const nics: ConvertedNic[] = [];
  const edits: Edit[] = [];
  const record: Kept = { ...NOTHING, interfaces: [], attributes: [] };
  for (const [i, nic] of chosen.entries()) {
    const { index, mac, type: from, element } = nic;
    const { path, vf } = moves[i] as Move;
    const label = nicLabel(nic);
    const planned =
      path === undefined
        ? vfEdits(xml, element, { label, vf, quote })
        : interfaceEdits(xml, element, {
            ...{ label, path, quote },
            given: withInherited(nic, definitions),
          });
    const { dropped } = planned;
    const network = networkOf(nic, networks, definitions);
    const own = network && { vlan: network.vlan, network: network.name };
    const settings = merged(planned.settings, own ?? {});
    edits.push(...planned.edits);
    const was = xml.slice(element.start, element.end);
    record.interfaces.push({ ...keyOf(moves[i] as Move, mac), settings, was });
    const target = path === undefined ? ('pool' in vf ? vf.pool : vf.address) : undefined;
    const lost = lostNetwork(nic, networks, definitions);
    const port = { network: network?.name, settings: settingValues(settings) };
    const known = { index, mac, from, path, vf: target, ...port, lost };
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
  edits.push(keepRecord(xml, domain, joined(recordOf(domain), record, all)));
  return { name, xml: applyEdits(xml, edits), nics, stays };
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

function staying(
  all: readonly ConvertibleNic[],
  domain: Placed,
  vfs: ConvertOptions['vfs'],
  hindrance: Hindrance,
): StayingNic[] {
  const unread = isWrapped(domain) ? undefined : privateMemory(domain)[0];
  const moved = vfs === undefined && all.some((nic) => !hindrance(nic));
  return all.flatMap((nic) => {
    const { index, mac, type } = nic;
    if (!isThere(nic, vfs)) {
      const found = hindrance(nic);
      return found ? { index, mac, ...found } : [];
    }
    // Moving another NIC shares the memory.
    if (type !== 'vhostuser' || !unread || moved) return [];
    const problem = `is on a switch, which cannot read the guest's memory: ${unread.why}`;
    return { index, mac, problem, remedy: unread.remedy };
  });
}

type Move = { path: string; vf?: undefined } | { path?: undefined; vf: Vf };

function isThere(nic: ConvertibleNic, vfs: ConvertOptions['vfs']): boolean {
  if (vfs === undefined) return nic.type === 'vhostuser';
  const { address, pool } = vfOf(nic.element);
  if ('pool' in vfs) return pool === vfs.pool;
  return address !== undefined && vfs.includes(address);
}

function portsFor(
  chosen: readonly ConvertibleNic[],
  all: readonly ConvertibleNic[],
  name: string,
  { socketDir = GUEST_FOLDER }: ConvertOptions,
): Move[] {
  const taken = new Set(all.map(pathOf));
  return chosen.map(({ index }) => ({ path: freePath(socketDir, name, index, taken) }));
}

function vfsFor(
  chosen: readonly ConvertibleNic[],
  all: readonly ConvertibleNic[],
  vfs: readonly string[] | { pool: string },
): Move[] {
  if ('pool' in vfs) return chosen.map(() => ({ vf: vfs }));
  const used = all.map((nic) => vfOf(nic.element).address);
  const free = vfs.filter((address) => !used.includes(address));
  if (free.length === chosen.length && new Set(vfs).size === vfs.length) {
    return free.map((address) => ({ vf: { address } }));
  }
  const problem = `NICs to move: ${chosen.length}, free VFs given: ${new Set(free).size}`;
  throw new InvalidInput({ thing: 'VFs', problem, remedy: 'give one for each, or choose NICs' });
}

function keyOf({ path, vf }: Move, mac: string | undefined): Omit<KeptNic, 'settings' | 'was'> {
  if (path !== undefined) return { key: 'path', value: path };
  if ('pool' in vf) return { key: 'mac', value: mac ?? '', pool: vf.pool };
  return { key: 'vf', value: vf.address };
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

/** A path for a port's socket that no NIC of the domain has yet. */
function freePath(socketDir: string, name: string, index: number, taken: Set<string>): string {
  const at = (n: number) => guestSocket(socketDir, name, n);
  let n = index;
  while (taken.has(at(n))) n++;
  const path = at(n);
  const trouble = pathTrouble(path, SOCKET_PATH_MAX);
  if (trouble) throw new InvalidInput({ thing: `socket ${path}`, ...trouble });
  taken.add(path);
  return path;
}
