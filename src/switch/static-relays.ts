/** Static relays: those of the settings file, and how they stand there. */
import { dirname } from 'node:path';
import { DEVICE_NAME, LINK, LISTENER, VLAN_LIST } from '../contract/bounds.js';
import type { Link, Listener } from '../contract/types.js';
import { LCORE_CPU_MAX } from '../values/cpu-set.js';
import { InvalidInput } from '../values/errors.js';
import { guestSocket, USUAL_LISTENER } from '../values/guest-socket.js';
import { nearest } from '../values/nearest.js';
import { pciAddress } from '../values/pci.js';
import { describe, quote } from '../values/problems.js';
import { GUEST_FOLDER, pathTrouble, SOCKET_PATH_MAX } from '../values/socket-path.js';
import { staticNameWant } from '../values/static-relay.js';
import { vlanList, vlansOfList } from '../values/vlan-list.js';

/** A relay that is there after each start of the switch. */
export interface StaticRelay {
  name: string;
  device: string;
  /** The guest's socket; null: it gets one later, by 'vmlane relay add-socket'. */
  path: string | null;
  listener: Listener;
  /** Processors of the switch that carry device to guest, and guest to device; undefined: the switch chooses. */
  cpus?: readonly [number, number] | undefined;
  /** VLANs that a VF's card is to deliver, as the switch writes them; undefined: none in particular. */
  trunks?: string | undefined;
  /** Its guest's; undefined: auto. */
  link?: Link | undefined;
}

/** A value that cannot be. */
interface Refusal {
  problem: string;
  remedy: string;
}
type Read<T> = { value: T } | Refusal;

/** The word for no VLANs in particular. */
const ALL_VLANS = 'all';
const KEYS = ['device', 'path', 'listener', 'cpus', 'trunks', 'link'] as const;
const REMEDY = `give a mapping of names to devices, such as {3: "0000:01:10.0"}, or to mappings of ${KEYS.join(', ')}`;

/** The relays that a setting says, or why it says none. */
export function staticRelays(value: unknown): Read<StaticRelay[]> {
  if (!isMapping(value)) return { problem: describe(value), remedy: REMEDY };
  const relays: StaticRelay[] = [];
  for (const [name, given] of Object.entries(value)) {
    const remedy = staticNameWant(name);
    if (remedy) return { problem: `${quote(name)} is no name of a relay`, remedy };
    const found = relayOf(name, given);
    if ('problem' in found) return { problem: `${name} ${found.problem}`, remedy: found.remedy };
    relays.push(found.value);
  }
  if (relays.length === 0) return { problem: 'is empty', remedy: REMEDY };
  return twiceIn(relays) ?? { value: relays };
}

/** The value that a setting has for a relay, as short as it can be. */
export function staticRelayValue(relay: StaticRelay) {
  const { name, device, path, listener, cpus, trunks, link } = relay;
  const rest = {
    ...(path !== usualPath(name) && { path: path ?? 'none' }),
    ...(listener !== USUAL_LISTENER && { listener }),
    ...(cpus && { cpus: cpus[0] === cpus[1] ? cpus[0] : [...cpus] }),
    ...(trunks !== undefined && { trunks }),
    ...(link && { link }),
  };
  return Object.keys(rest).length === 0 ? device : { device, ...rest };
}

function usualPath(name: string): string {
  return guestSocket(GUEST_FOLDER, name, 0);
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function relayOf(name: string, given: unknown): Read<StaticRelay> {
  const parts = isMapping(given) ? given : { device: given };
  for (const key of Object.keys(parts)) {
    if (KEYS.some((one) => one === key)) continue;
    const near = nearest(key, KEYS);
    const remedy = near ? `did you mean ${quote(near)}?` : `known are ${KEYS.join(', ')}`;
    return { problem: `has no setting ${quote(key)}`, remedy };
  }
  const device = deviceOf(parts.device);
  if ('problem' in device) return device;
  const path = parts.path === undefined ? { value: usualPath(name) } : pathOf(parts.path);
  if ('problem' in path) return { problem: `path: ${path.problem}`, remedy: path.remedy };
  const listener = oneOf('listener', LISTENER.values, parts.listener ?? USUAL_LISTENER);
  if ('problem' in listener) return listener;
  const cpus = parts.cpus === undefined ? { value: undefined } : cpusOf(parts.cpus);
  if ('problem' in cpus) return { problem: `cpus: ${cpus.problem}`, remedy: cpus.remedy };
  const trunks = parts.trunks === undefined ? { value: undefined } : trunksOf(parts.trunks);
  if ('problem' in trunks) return trunks;
  const link = parts.link === undefined ? { value: undefined } : linkOf(parts.link, path.value);
  if ('problem' in link) return link;
  return {
    value: {
      ...{ name, device: device.value, path: path.value, listener: listener.value },
      ...{ cpus: cpus.value, trunks: trunks.value, link: link.value },
    },
  };
}

/** One of the words that a key has. */
function oneOf<T extends string>(key: string, values: readonly T[], given: unknown): Read<T> {
  const value = values.find((one) => one === given);
  if (value !== undefined) return { value };
  return { problem: `${key}: ${describe(given)}`, remedy: `give one of ${values.join(', ')}` };
}

/** A list in a word, as the option of `relay add`; YAML makes a number of one VLAN, and has lists of its own. */
function trunksOf(given: unknown): Read<string | undefined> {
  const parts: unknown[] = Array.isArray(given) ? given : [given];
  const isPlain = parts.every((one) => typeof one === 'string' || typeof one === 'number');
  const text = isPlain ? parts.join(',') : '';
  if (text === ALL_VLANS) return { value: undefined };
  const vlans = vlansOfList(text);
  if (vlans) return { value: vlanList(vlans) };
  const problem = Array.isArray(given) && isPlain ? `got [${parts.join(', ')}]` : describe(given);
  return {
    problem: `trunks: ${problem}`,
    remedy: `give ${VLAN_LIST.want.replace(/null$/, ALL_VLANS)}`,
  };
}

/** A link is the guest's; a relay without its socket has none to set yet. */
function linkOf(given: unknown, path: string | null): Read<Link> {
  if (path !== null) return oneOf('link', LINK.values, given);
  const problem = "link: is the guest's, and its path is none";
  return { problem, remedy: "leave it out; 'vmlane relay add-socket' has --link" };
}

function deviceOf(given: unknown): Read<string> {
  const fits =
    typeof given === 'string' && DEVICE_NAME.pattern.test(given) && given.length <= DEVICE_NAME.max;
  if (fits) return { value: pciAddress(given) ?? given };
  const problem = given === undefined ? 'has no device' : `device: ${describe(given)}`;
  return { problem, remedy: `give ${DEVICE_NAME.want.replace(/, or null$/, '')}` };
}

function pathOf(given: unknown): Read<string | null> {
  if (given === 'none') return { value: null };
  const remedy = "give the absolute path of the guest's socket, or none";
  if (typeof given !== 'string') return { problem: describe(given), remedy };
  return pathTrouble(given, SOCKET_PATH_MAX) ?? { value: given };
}

function cpusOf(given: unknown): Read<readonly [number, number]> {
  const list: unknown[] = Array.isArray(given) ? given : [given];
  const [first, second = first] = list;
  const fits = list.length <= 2 && [first, second].every(isCpu);
  if (fits) return { value: [Number(first), Number(second)] };
  const problem = Array.isArray(given) ? `got [${given.join(', ')}]` : describe(given);
  return { problem, remedy: 'give a processor of the switch, or two: [2, 3]' };
}

function isCpu(value: unknown): boolean {
  return Number.isInteger(value) && Number(value) >= 0 && Number(value) <= LCORE_CPU_MAX;
}

/** A relay has a device and a socket of its own. */
function twiceIn(relays: readonly StaticRelay[]): Refusal | undefined {
  for (const key of ['device', 'path'] as const) {
    const twice = relays.find(
      (one, at) => one[key] !== null && relays.findIndex((two) => two[key] === one[key]) !== at,
    );
    const first = twice && relays.find((one) => one[key] === twice[key]);
    if (!twice || !first) continue;
    const problem = `${first.name} and ${twice.name} have the same ${key} ${quote(String(twice[key]))}`;
    return { problem, remedy: `give each a ${key} of its own` };
  }
  return undefined;
}

/** What a switch starts with, as far as relays depend on it. */
interface Beside {
  relays?: readonly StaticRelay[] | undefined;
  devices?: readonly { name: string; device: string }[] | undefined;
  uplink?: string | undefined;
}

/** Refuses relays that other options leave no device, or no processor. @throws InvalidInput */
export function checkStaticRelays(
  { relays = [], devices = [], uplink }: Beside,
  cpus: readonly number[] | undefined,
): void {
  const others = [...devices.map(({ device }) => device), ...(uplink ? [uplink] : [])];
  for (const { name, device, cpus: wanted = [] } of relays) {
    const thing = `relay ${name}`;
    if (others.some((one) => (pciAddress(one) ?? one) === device)) {
      const remedy = 'leave it out of one of them';
      throw new InvalidInput({ thing, problem: `its device ${device} is another port's`, remedy });
    }
    const absent = wanted.find((cpu) => !(cpus ?? []).includes(cpu));
    if (absent === undefined) continue;
    const remedy = cpus ? `give it among ${cpus.join(',')}` : 'say them all: cpus: 2,3';
    throw new InvalidInput({ thing, problem: `cpu ${absent} is none of the switch's`, remedy });
  }
}

/** Folders of these relays' sockets, beside the guests' folder, which every switch has. */
export function foldersOfRelays(relays: readonly StaticRelay[]): string[] {
  return relays.flatMap(({ path }) =>
    path === null || path.startsWith(`${GUEST_FOLDER}/`) ? [] : [dirname(path)],
  );
}
