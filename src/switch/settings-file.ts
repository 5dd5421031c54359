/** The settings file: what the switch is started with, again and again. */
import { type Document, isMap, isNode, isScalar, isSeq, type Node, type Pair } from 'yaml';
import { DEFAULT_CONTROL_SOCKET } from '../contract/bounds.js';
import { readYamlDocument, type YamlFile } from '../spec/yaml.js';
import { isBelieved, isOwners } from '../system/files/believed.js';
import { HostFiles } from '../system/files/host-files.js';
import { inTurn } from '../system/files/lock.js';
import { Failed, InvalidInput, type Trouble } from '../values/errors.js';
import { nearest } from '../values/nearest.js';
import { describe, InvalidFile, quote } from '../values/problems.js';
import { checkLaunch } from './launch.js';
import { settingInFile, settingOf } from './settings-values.js';
import { launchOptions, START_NAMES, START_OPTIONS, type SwitchSettings } from './start-options.js';
import { checkStaticRelays } from './static-relays.js';

/** The settings of the switch on the default control socket. */
export const SWITCH_SETTINGS_FILE = '/etc/vmlane/switch.yaml';

/** The file that holds for the switch on this socket; other switches have none unless one is named. */
export function settingsFileOf(controlSocket: string): string | undefined {
  return controlSocket === DEFAULT_CONTROL_SOCKET ? SWITCH_SETTINGS_FILE : undefined;
}

/** A settings file as it stands. */
export interface SettingsFile {
  file: string;
  /** Undefined: there is none. */
  text: string | undefined;
  settings: SwitchSettings;
}

/** A change of the file. Names are those of START_OPTIONS; one device of several is `device.NAME`, a relay `relay.NAME`. */
export interface SettingsEdit {
  /** Values, or their words on the command line: `2,3`, `true`. */
  set?: Readonly<Record<string, unknown>>;
  unset?: readonly string[];
}

/** What an edit did, or would do. */
export interface SettingsChanged {
  file: string;
  changed: boolean;
  before: string | undefined;
  after: string;
  settings: SwitchSettings;
}

/**
 * The settings in the file, all checked; none without a file.
 * @throws InvalidInput with the line of the first mistake; also for a file that others could have written
 */
export function readSwitchSettings(file = SWITCH_SETTINGS_FILE, root = '/'): SettingsFile {
  const text = textOf(file, root);
  return { file, text, settings: text === undefined ? {} : checked(text, file, root) };
}

/**
 * Changes the file, whose comments and order stay; nothing is written unless all of it is valid afterwards.
 * @throws InvalidInput, Failed
 */
export function changeSwitchSettings(
  edit: SettingsEdit,
  { file = SWITCH_SETTINGS_FILE, root = '/', dryRun = false } = {},
): Promise<SettingsChanged> {
  const others = 'another vmlane is changing it';
  return inTurn({ key: `settings ${root} ${file}`, thing: file, others, waitSeconds: 10 }, () => {
    const before = textOf(file, root);
    const after = edited(before ?? HEAD, file, edit);
    const settings = checked(after, file, root);
    const changed = before === undefined ? after !== HEAD : before !== after;
    if (changed && !dryRun) new HostFiles(root).write(file, after, { mode: 0o644, last: 'kept' });
    return Promise.resolve({ file, changed, before, after, settings });
  });
}

const HEAD = `# Options of 'vmlane switch start' that hold at every start; see 'vmlane switch settings --help'.\n`;

/** Root acts on it: it must be a file that only root, or who asks, can have written. */
function textOf(file: string, root: string): string | undefined {
  const files = new HostFiles(root);
  const found = files.stat(file, 'kept');
  if (!found) return undefined;
  if (isBelieved(found)) return files.text(file);
  const mine = found.kind === 'file' && isOwners(found.uid);
  throw new InvalidInput({
    thing: file,
    problem: mine ? 'others may write to it' : 'is not a file of root or of yours',
    remedy: mine ? `chmod go-w ${file}` : 'make it one that only root may write',
  });
}

function read(text: string, file: string): YamlFile {
  return readYamlDocument(text, file, 'leave one: a switch has one');
}

function checked(text: string, file: string, root: string): SwitchSettings {
  const { document, data, lineAt } = read(text, file);
  if (document.contents === null || data === null) return {};
  if (!isMap(document.contents)) {
    const remedy = "write lines such as 'cpus: 2,3'";
    throw new InvalidInput({ thing: file, problem: 'is no mapping of names to values', remedy });
  }
  const settings: Record<string, unknown> = {};
  const troubles = document.contents.items.flatMap((pair): Trouble[] => {
    const name = nameOf(pair);
    const trouble = judge(name, (data as Record<string, unknown>)[name], root, (value) => {
      settings[name] = value;
    });
    const [at] = isNode(pair.key) && pair.key.range ? pair.key.range : [0];
    return trouble ? [{ ...trouble, thing: `${file}: line ${lineAt(at)}: ${name}` }] : [];
  });
  if (troubles[0]) throw new InvalidFile(troubles[0], troubles);
  checkTogether(settings, file);
  return settings as SwitchSettings;
}

/** @throws InvalidInput for settings that are right alone */
function checkTogether(settings: SwitchSettings, file: string): void {
  try {
    checkStaticRelays(launchOptions(settings), settings.cpus);
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    throw new InvalidInput({ ...error.trouble, thing: `${file}: ${error.trouble.thing}` });
  }
}

/** What is wrong with one setting; hands on its meaning otherwise. */
function judge(
  name: string,
  value: unknown,
  root: string,
  take: (value: unknown) => void,
): Omit<Trouble, 'thing'> | undefined {
  if (!isName(name)) return unknown(name);
  const found = settingOf(START_OPTIONS[name], value);
  if ('problem' in found) return found;
  try {
    // A root that is not this host's has other processors.
    checkLaunch(launchOptions({ [name]: found.value }), root);
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    const { thing, problem, remedy } = error.trouble;
    const what = thing.startsWith(name) ? thing.slice(name.length).trim() : thing;
    return { problem: what ? `${what} ${problem}` : problem, remedy };
  }
  take(found.value);
  return undefined;
}

function isName(name: string): name is keyof typeof START_OPTIONS {
  return Object.hasOwn(START_OPTIONS, name);
}

function unknown(name: string): Omit<Trouble, 'thing'> {
  const near = nearest(name, START_NAMES);
  const remedy = near ? `did you mean ${quote(near)}?` : `known are ${START_NAMES.join(', ')}`;
  return { problem: 'there is no such setting', remedy };
}

function nameOf({ key }: Pair): string {
  return String(isScalar(key) ? key.value : key);
}

/** The text after the edit. What is not edited keeps its words, comments and order. */
function edited(text: string, file: string, { set = {}, unset = [] }: SettingsEdit): string {
  const { document } = read(text, file);
  for (const name of unset) remove(document, placeOf(name));
  for (const [name, given] of Object.entries(set)) {
    const place = placeOf(name);
    const option = START_OPTIONS[place[0]];
    if (hasParts(place[0]) && place.length === 1 && typeof given === 'string') {
      const remedy =
        option.kind === 'relays'
          ? 'name the relay, as in relay.3=0000:01:10.0'
          : 'name the port, as in device.up0=0000:3b:00.0';
      throw new InvalidInput({ thing: `${name}=${given}`, problem: 'is no mapping', remedy });
    }
    const value = typeof given === 'string' ? settingInFile(option, given) : given;
    const found = settingOf(option, place.length === 2 ? { [place[1]]: value } : value);
    if ('problem' in found) throw new InvalidInput({ thing: name, ...found });
    put(document, place, value);
  }
  // Untouched, it stays as it was to the byte.
  if (unset.length === 0 && Object.keys(set).length === 0) return text;
  const same =
    JSON.stringify(read(text, file).data ?? {}) === JSON.stringify(document.toJS() ?? {});
  if (same) return text;
  const fresh = document.toString({ lineWidth: 0, flowCollectionPadding: false });
  // Only comments are left.
  return isMap(document.contents) && document.contents.items.length === 0
    ? fresh.replace(/^\{\}\n?/m, '')
    : fresh;
}

type Place = [keyof typeof START_OPTIONS] | [keyof typeof START_OPTIONS, string];

/** @throws InvalidInput for a name that is none */
function placeOf(name: string): Place {
  const [first = '', ...rest] = name.split('.');
  if (!isName(first)) throw new InvalidInput({ thing: name, ...unknown(first) });
  if (rest.length === 0) return [first];
  if (hasParts(first)) return [first, rest.join('.')];
  const problem = `${first} has no parts`;
  throw new InvalidInput({ thing: name, problem, remedy: `write ${first}` });
}

/** Devices and relays have names of their own. */
function hasParts(name: keyof typeof START_OPTIONS): boolean {
  return ['devices', 'relays'].includes(START_OPTIONS[name].kind);
}

/** Where it is in the document: a name such as 3 may be a number there. */
function spelt(document: Document, [first, part]: Place): unknown[] {
  const map = document.get(first, true);
  if (part === undefined || !isMap(map)) return part === undefined ? [first] : [first, part];
  const pair = map.items.find((one) => nameOf(one) === part);
  return [first, pair && isScalar(pair.key) ? pair.key.value : part];
}

function remove(document: Document, named: Place): void {
  const place = spelt(document, named);
  if (!document.hasIn(place)) return;
  const [first] = named;
  const rest = document.get(first, true);
  // With the last device goes the key.
  const isLast = place.length === 1 || (isMap(rest) && rest.items.length === 1);
  if (!isLast) return void document.deleteIn(place);
  keepHead(document, first);
  document.delete(first);
}

/** Only the paragraph right above a key is about it; those above that one stay when it goes. */
function keepHead(document: Document, name: string): void {
  if (!isMap(document.contents)) return;
  const { items } = document.contents;
  const at = items.findIndex((pair) => nameOf(pair) === name);
  const key = items[at]?.key;
  const above = isNode(key) ? (key.commentBefore ?? '') : '';
  const first = at === 0 ? (document.contents.commentBefore ?? '') : '';
  const paragraphs = [first, above]
    .filter(Boolean)
    .join('\n')
    .split(/\n\s*\n/)
    .slice(0, -1);
  if (at === 0) document.contents.commentBefore = null;
  if (paragraphs.length === 0) return;
  const kept = paragraphs.join('\n\n');
  const next = items[at + 1]?.key;
  // A line end at the end is an empty line before the key.
  if (isNode(next))
    next.commentBefore = `${kept}\n${next.commentBefore ? `\n${next.commentBefore}` : ''}`;
  else document.comment = [kept, document.comment].filter(Boolean).join('\n\n');
}

function put(document: Document, named: Place, value: unknown): void {
  if (document.contents !== null && !isMap(document.contents))
    throw new Failed({
      thing: 'settings',
      problem: `the file ${describe(document.toJS())}, no mapping`,
      remedy: "write lines such as 'cpus: 2,3'",
    });
  const place = spelt(document, named);
  const former = document.getIn(place, true) as Node | undefined;
  document.setIn(
    place,
    isScalar(former) && (typeof value !== 'object' || value === null)
      ? value
      : document.createNode(value),
  );
  const now = document.getIn(place, true) as Node;
  if (isSeq(now)) now.flow = true;
  if (!former || now === former) return;
  now.comment = former.comment ?? null;
  now.commentBefore = former.commentBefore ?? null;
}
