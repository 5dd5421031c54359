/** A file of virtio-forwarder's → settings of the switch, and what became of each line. Pure. */
import type { StaticRelay } from '../../switch/static-relays.js';
import { staticRelayValue } from '../../switch/static-relays.js';
import { type EnvLine, envLines, isEnvName } from '../../values/env-file.js';
import type { Trouble } from '../../values/errors.js';
import { nearest } from '../../values/nearest.js';
import { describe, InvalidFile, quote } from '../../values/problems.js';
import { pathTrouble, SOCKET_PATH_MAX } from '../../values/socket-path.js';
import {
  balanceOf,
  bindsOf,
  type CpuPin,
  cpuPinsOf,
  cpusOf,
  intervalOf,
  patternTrouble,
  type Refusal,
  type StaticVf,
  sensitivityOf,
  staticVfsOf,
} from './lists.js';
import { OTHERS, SOCKETS, TAKEN, type Taken } from './settings.js';

/** What became of a line. */
export interface ImportRow {
  line: number;
  name: string;
  verdict: 'taken' | 'default' | 'not needed' | 'not served' | 'ignored';
  /** As what, or why not. Never a value that is a secret. */
  what: string;
}

/** All of a file. */
export interface Import {
  /** For changeSwitchSettings. */
  set: Readonly<Record<string, unknown>>;
  rows: readonly ImportRow[];
}

/** The meanings of the settings that are taken. */
interface Meanings {
  cpus?: number[];
  pins?: CpuPin[];
  vfs?: StaticVf[];
  binds?: string[];
  balance?: number;
  sensitivity?: number;
  interval?: number;
}

/** @throws InvalidFile with the line of each mistake */
export function importForwarder(text: string, file: string): Import {
  const lines = envLines(text);
  const refused: { line: number; trouble: Trouble }[] = [];
  const refuse = ({ line, name = '' }: EnvLine, { problem, remedy }: Refusal) => {
    const thing = `${file}: line ${line}: ${isEnvName(name) ? name : quote(name)}`;
    refused.push({ line, trouble: { thing, problem, remedy } });
  };
  for (const line of lines) {
    const trouble = lineTrouble(line);
    if (trouble) refuse(line, trouble);
  }
  const last = new Map(lines.map((line) => [line.name, line]));
  const said = (name: Taken) => last.get(name)?.value ?? '';
  const meanings: Meanings = {};
  for (const name of TAKEN) {
    const line = last.get(name);
    const trouble =
      line && line.value !== '' ? meaningTrouble(name, line.value, meanings) : undefined;
    if (line && trouble) refuse(line, trouble);
  }
  const relays = refused.length > 0 ? [] : relaysOf(said, meanings);
  const pins = last.get('VIRTIOFWD_CPU_PINS');
  const strange = meanings.pins
    ?.flatMap(({ cpus }) => cpus)
    .find((one) => !meanings.cpus?.includes(one));
  if (pins && strange !== undefined) {
    const problem = `cpu ${strange} is not in VIRTIOFWD_CPU_MASK`;
    refuse(pins, { problem, remedy: 'name processors of the mask' });
  }
  const long = relays.find(({ path }) => path !== null && pathTrouble(path, SOCKET_PATH_MAX));
  const folder = last.get('VIRTIOFWD_SOCKET_DIR') ?? last.get('VIRTIOFWD_SOCKET_FNAME_PATTERN');
  const tooLong = long?.path && pathTrouble(long.path, SOCKET_PATH_MAX);
  if (folder && tooLong) refuse(folder, { ...tooLong, problem: `${long.path} ${tooLong.problem}` });
  const troubles = refused.sort((a, b) => a.line - b.line).map(({ trouble }) => trouble);
  if (troubles[0]) throw new InvalidFile(troubles[0], troubles);
  const rows = lines.map((line) => rowOf(line, last, { relays, meanings, said }));
  return { set: settingsOf(said, meanings, relays), rows };
}

/** What systemd, or the shell that virtio-forwarder starts by, would read otherwise. */
function lineTrouble({ name, value, open }: EnvLine): Refusal | undefined {
  if (name === undefined) return undefined;
  if (open) return { problem: 'its quote is not closed', remedy: 'close it' };
  if (!isEnvName(name)) {
    const remedy = 'write NAME=VALUE, without export or blanks before the name';
    return { problem: 'is no name of a variable', remedy };
  }
  if (!isTaken(name) || !/[$`]/.test(value)) return undefined;
  const problem = "has a $ or ` that virtio-forwarder's shell replaces";
  return { problem, remedy: 'write the value that it stands for' };
}

function isTaken(name: string): name is Taken {
  return TAKEN.some((one) => one === name);
}

/** Reads the value into the meanings; what is wrong with it otherwise. */
function meaningTrouble(name: Taken, value: string, meanings: Meanings): Refusal | undefined {
  const keep = <K extends keyof Meanings>(
    key: K,
    found: { value: NonNullable<Meanings[K]> } | Refusal,
  ): Refusal | undefined => {
    if ('problem' in found) return found;
    meanings[key] = found.value;
    return undefined;
  };
  switch (name) {
    case 'VIRTIOFWD_CPU_MASK':
      return keep('cpus', cpusOf(value));
    case 'VIRTIOFWD_CPU_PINS':
      return keep('pins', cpuPinsOf(value));
    case 'VIRTIOFWD_STATIC_VFS':
      return keep('vfs', staticVfsOf(value));
    case 'VIRTIOFWD_BIND_VFIO_PCI':
      return keep('binds', bindsOf(value));
    case 'VIO4WD_CORE_SCHED_ENABLE':
      return keep('balance', balanceOf(value));
    case 'VIO4WD_CORE_SCHED_SENSITIVITY':
      return keep('sensitivity', sensitivityOf(value));
    case 'VIO4WD_CORE_SCHED_POLL_INTERVAL':
      return keep('interval', intervalOf(value));
    case 'VIRTIOFWD_SOCKET_DIR':
      return pathTrouble(value.replace(/(?<=.)\/$/, ''), SOCKET_PATH_MAX);
    case 'VIRTIOFWD_SOCKET_FNAME_PATTERN':
      return patternTrouble(value);
    case 'VIRTIOFWD_SOCKET_GROUP':
      return /^[A-Za-z_][\w-]{0,31}$|^\d{1,9}$/.test(value)
        ? undefined
        : { problem: describe(value), remedy: 'give the name of a group, such as kvm' };
    default:
      return undefined;
  }
}

type Said = (name: Taken) => string;

function relaysOf(said: Said, { vfs = [], pins = [] }: Meanings): StaticRelay[] {
  const folder = (said('VIRTIOFWD_SOCKET_DIR') || SOCKETS.folder).replace(/\/$/, '');
  const pattern = said('VIRTIOFWD_SOCKET_FNAME_PATTERN') || SOCKETS.pattern;
  const isLater = said('VIRTIOFWD_DYNAMIC_SOCKETS') !== '';
  return vfs.map(({ device, relay }) => ({
    ...{ name: String(relay), device },
    path: isLater ? null : `${folder}/${pattern.replace('%u', String(relay))}`,
    listener: said('VIRTIOFWD_VHOST_CLIENT') === '' ? 'switch' : 'qemu',
    cpus: pins.find((pin) => pin.relay === relay)?.cpus,
  }));
}

function settingsOf(said: Said, meanings: Meanings, relays: readonly StaticRelay[]) {
  const { cpus, balance, sensitivity, interval } = meanings;
  const isLarge = said('VIRTIOFWD_JUMBO') !== '' || said('VIRTIOFWD_MRGBUF') !== '';
  const group = said('VIRTIOFWD_SOCKET_GROUP');
  return {
    ...(cpus && { cpus }),
    ...(isLarge && { mergeable: true }),
    ...(said('VIRTIOFWD_TSO') !== '' && { tso: true }),
    ...(group !== '' && { group }),
    ...(balance !== undefined && { balance }),
    ...(sensitivity !== undefined && { 'balance-sensitivity': sensitivity }),
    ...(interval !== undefined && { 'balance-interval': interval }),
    ...Object.fromEntries(relays.map((one) => [`relay.${one.name}`, staticRelayValue(one)])),
  };
}

interface Known {
  relays: readonly StaticRelay[];
  meanings: Meanings;
  said: Said;
}

function rowOf(line: EnvLine, last: ReadonlyMap<unknown, EnvLine>, known: Known): ImportRow {
  const { name = '', value } = line;
  const row = (verdict: ImportRow['verdict'], what: string) => ({
    line: line.line,
    name,
    verdict,
    what,
  });
  if (line.name === undefined) return row('ignored', 'is no NAME=VALUE');
  const later = last.get(name);
  if (later && later !== line) return row('ignored', `line ${later.line} says it again`);
  const fate = Object.hasOwn(OTHERS, name) ? OTHERS[name] : undefined;
  if (!fate && !isTaken(name)) {
    const near = nearest(name, [...TAKEN, ...Object.keys(OTHERS)]);
    const hint = near ? `; did you mean ${near}?` : '';
    return row('ignored', `virtio-forwarder has no such setting${hint}`);
  }
  if (value === '' && name !== 'VIRTIOFWD_VHOST_CLIENT') return row('default', 'is blank');
  if (fate) return row(fate.verdict, fate.why);
  const what = asWhat(name as Taken, known);
  return row(name === 'VIRTIOFWD_BIND_VFIO_PCI' ? 'not served' : 'taken', what);
}

function asWhat(name: Taken, { relays, meanings, said }: Known): string {
  const names = relays.map((one) => one.name).join(', ');
  const ofRelays = names === '' ? 'no relay: none is static' : `relay ${names}`;
  switch (name) {
    case 'VIRTIOFWD_CPU_MASK':
      return `cpus: ${meanings.cpus?.join(',')}`;
    case 'VIRTIOFWD_CPU_PINS': {
      const pins = meanings.pins ?? [];
      const lost = pins.filter(({ relay }) => !relays.some((one) => one.name === String(relay)));
      const rest = lost.map(({ relay }) => relay).join(', ');
      return `cpus of ${ofRelays}, which the balancer never moves${rest && `; relay ${rest} is not static: --pin of 'vmlane relay add'`}`;
    }
    case 'VIRTIOFWD_SOCKET_DIR':
      return `path of ${ofRelays}; the folder must be there before the switch: install -d -m 2750 -g GROUP ${said(name)}`;
    case 'VIRTIOFWD_SOCKET_FNAME_PATTERN':
      return `path of ${ofRelays}`;
    case 'VIRTIOFWD_SOCKET_GROUP':
      return `group: ${said(name)}`;
    case 'VIRTIOFWD_VHOST_CLIENT':
      return `listener ${said(name) === '' ? 'switch' : 'qemu'} of ${ofRelays}`;
    case 'VIRTIOFWD_JUMBO':
    case 'VIRTIOFWD_MRGBUF':
      return 'mergeable: true';
    case 'VIRTIOFWD_TSO':
      return 'tso: true';
    case 'VIRTIOFWD_STATIC_VFS':
      return relays.map((one) => `relay ${one.name}: ${one.device}`).join(', ');
    case 'VIRTIOFWD_DYNAMIC_SOCKETS':
      return `path: none of ${ofRelays}; sockets come by 'vmlane relay add-socket'`;
    case 'VIO4WD_CORE_SCHED_ENABLE':
      return `balance: ${meanings.balance}`;
    case 'VIO4WD_CORE_SCHED_SENSITIVITY':
      return `balance-sensitivity: ${meanings.sensitivity} (percent)`;
    case 'VIO4WD_CORE_SCHED_POLL_INTERVAL':
      return `balance-interval: ${meanings.interval}`;
    case 'VIRTIOFWD_BIND_VFIO_PCI':
      return `the switch binds nothing: ${meanings.binds?.join('; ')}`;
  }
}
