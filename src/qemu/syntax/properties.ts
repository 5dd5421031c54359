import { cpuSet } from '../../values/cpu-set.js';
import { type JsonScalar, parseJsonObject } from './json.js';
import { splitKeyval } from './keyval.js';
import type { Member } from './member.js';

export type Scalar = string | number | boolean;

/**
 * The value of an option such as `-device`, in either syntax.
 * Immutable; members that are not set keep their text byte for byte.
 */
export interface Properties {
  syntax: 'json' | 'keyval';
  members: readonly Member[];
}

/** The key of the first word of a key=value list. Source: vl.c and qapi of QEMU. */
const IMPLIED: ReadonlyMap<string, string> = new Map([
  ['chardev', 'backend'],
  ['device', 'driver'],
  ['m', 'size'],
  ['machine', 'type'],
  ['name', 'guest'],
  ['net', 'type'],
  ['netdev', 'type'],
  ['nic', 'type'],
  ['numa', 'type'],
  ['object', 'qom-type'],
]);

/** Options whose value is JSON when it begins with `{`. Source: vl.c and net.c of QEMU 7.2. */
const TAKES_JSON: ReadonlySet<string> = new Set([
  'audiodev',
  'blockdev',
  'compat',
  'device',
  'display',
  'netdev',
  'object',
]);

/**
 * Reads the value of the options used by the rules, and checks the JSON of the others.
 * `option` without dashes. Undefined for an option whose value has no properties known here.
 * @throws InvalidInput when JSON is broken
 */
export function parseProperties(option: string, value: string): Properties | undefined {
  if (TAKES_JSON.has(option) && value.startsWith('{')) {
    const members = parseJsonObject(value, `-${option}`).map((member) => ({
      key: member.key,
      value: scalarText(member.value),
      text: member.text,
    }));
    return { syntax: 'json', members };
  }
  const implied = IMPLIED.get(option);
  return implied === undefined
    ? undefined
    : { syntax: 'keyval', members: splitKeyval(value, implied) };
}

/** The effective value: of a key given twice, QEMU uses the last. */
export function get(properties: Properties, key: string): string | undefined {
  return properties.members.findLast((member) => member.key === key)?.value;
}

/** Sets `key` at its first place, removes repetitions, appends it if it is new. */
export function set(properties: Properties, key: string, value: Scalar): Properties {
  const old = properties.members.find((member) => member.key === key);
  const fresh = write(properties.syntax, key, value, old?.implied === true);
  const members = properties.members
    .filter((member) => member.key !== key || member === old)
    .map((member) => (member === old ? fresh : member));
  return { ...properties, members: old === undefined ? [...members, fresh] : members };
}

/** Sets a list of whole numbers. Source: StringInputVisitor of QEMU for key=value (`0-1` is a range). */
export function setNumbers(
  properties: Properties,
  key: string,
  list: readonly number[],
): Properties {
  if (properties.syntax === 'keyval') return set(properties, key, list.join());
  const found = set(properties, key, '');
  const text = `${JSON.stringify(key)}:${JSON.stringify(list)}`;
  const members = found.members.map((one) =>
    one.key === key ? { key, value: undefined, text } : one,
  );
  return { ...found, members };
}

/** The whole numbers of a list, in either syntax; none if there is no such property. */
export function numbers(properties: Properties, key: string): number[] {
  const text = properties.members.findLast((member) => member.key === key)?.text ?? '';
  // `host-nodes=0-1,3` or `"host-nodes":[0,1]`
  const list = text.slice(text.indexOf(key) + key.length).replace(/[^\d,-]/g, '');
  return cpuSet(list) ?? [];
}

/** Only the properties named in `keys`. */
export function pick(properties: Properties, keys: readonly string[]): Properties {
  const members = properties.members.filter((member) => keys.includes(member.key));
  return { ...properties, members };
}

/** The option value as QEMU reads it. */
export function render(properties: Properties): string {
  const text = properties.members.map((member) => member.text).join(',');
  return properties.syntax === 'json' ? `{${text}}` : text;
}

/** Whether QEMU reads the text as true. Source: qapi_bool_parse, and older `true`. */
export function isOn(value: string | undefined): boolean {
  return value !== undefined && ['on', 'yes', 'true', 'y'].includes(value);
}

/** A new key=value list; `first` is written without its key. */
export function keyval(
  implied: string,
  first: string,
  rest: Readonly<Record<string, Scalar | undefined>>,
): Properties {
  const start: Properties = {
    syntax: 'keyval',
    members: [{ key: implied, value: first, text: first.replaceAll(',', ',,'), implied: true }],
  };
  return Object.entries(rest).reduce(
    (found, [key, value]) => (value === undefined ? found : set(found, key, value)),
    start,
  );
}

/** All properties except those with a key that is `unwanted`. */
export function without(properties: Properties, unwanted: (key: string) => boolean): Properties {
  const members = properties.members.filter((member) => !unwanted(member.key));
  return { ...properties, members };
}

function write(syntax: 'json' | 'keyval', key: string, value: Scalar, implied: boolean): Member {
  const text = scalarText(value);
  if (syntax === 'json') {
    return { key, value: text, text: `${JSON.stringify(key)}:${JSON.stringify(value)}` };
  }
  const escaped = text.replaceAll(',', ',,');
  return { key, value: text, text: implied ? escaped : `${key}=${escaped}`, implied };
}

function scalarText(value: Scalar): string;
function scalarText(value: JsonScalar | undefined): string | undefined;
function scalarText(value: JsonScalar | undefined): string | undefined {
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  return value === undefined ? undefined : String(value);
}
