/** Values of the settings file: as they stand in it, and as a word on the command line. */
import { PORT_NAME } from '../contract/bounds.js';
import { cpuSet } from '../values/cpu-set.js';
import { describe, quote } from '../values/problems.js';
import { FILE_PATH_MAX, pathTrouble } from '../values/socket-path.js';
import type { Kinds, NamedDevice, StartOption } from './start-options.js';
import { staticRelays } from './static-relays.js';

/** A value that cannot be. */
export interface Refusal {
  problem: string;
  remedy: string;
}
type Read<T> = { value: T } | Refusal;

/** What the value means, or why it is none. */
export function settingOf(option: StartOption, value: unknown): Read<Kinds[keyof Kinds]> {
  const { min = 0, max = Number.MAX_SAFE_INTEGER } = option;
  switch (option.kind) {
    case 'cpus':
      return cpusOf(value, min, max);
    case 'number': {
      const fits = Number.isInteger(value) && Number(value) >= min && Number(value) <= max;
      const remedy = `give a whole number from ${min} to ${max}`;
      return fits ? { value: Number(value) } : { problem: describe(value), remedy };
    }
    case 'flag': {
      const remedy = 'give true or false';
      return typeof value === 'boolean' ? { value } : { problem: describe(value), remedy };
    }
    case 'text':
      return wordOf(value);
    case 'path':
      return pathOf(value);
    case 'texts':
      return listOf(value, wordOf);
    case 'paths':
      return listOf(value, pathOf);
    case 'devices':
      return devicesOf(value);
    case 'relays':
      return staticRelays(value);
  }
}

/** The value in a file for a word of the command line; words are told from numbers by the option's kind. */
export function settingInFile({ kind }: StartOption, word: string): unknown {
  if (kind === 'flag') return word === 'true' ? true : word === 'false' ? false : word;
  if (kind === 'number' || kind === 'cpus') return /^\d+$/.test(word) ? Number(word) : word;
  if (kind === 'texts' || kind === 'paths') return word === '' ? word : word.split(',');
  return word;
}

function cpusOf(value: unknown, min: number, max: number): Read<number[]> {
  const remedy = `give different numbers from ${min} to ${max}, such as 2,3 or 2-5`;
  const parts: unknown[] = Array.isArray(value) ? value : String(value ?? '').split(',');
  const numbers = parts.flatMap((part) => {
    const text = ['string', 'number'].includes(typeof part) ? String(part) : '';
    return (/^[\d-]+$/.test(text) && cpuSet(text)) || [Number.NaN];
  });
  const inRange = numbers.length > 0 && numbers.every((n) => n >= min && n <= max);
  if (inRange && new Set(numbers).size === numbers.length) return { value: numbers };
  return { problem: Array.isArray(value) ? `got [${parts.join(', ')}]` : describe(value), remedy };
}

function wordOf(value: unknown): Read<string> {
  // Names of groups and users may be numbers.
  const text = typeof value === 'number' ? String(value) : value;
  const plain = typeof text === 'string' && /^[\x21-\x7e]+$/.test(text) && !text.startsWith('-');
  return plain
    ? { value: text }
    : { problem: describe(value), remedy: 'give a word of printable ASCII that begins with no -' };
}

function pathOf(value: unknown): Read<string> {
  const remedy = 'give an absolute path';
  if (typeof value !== 'string') return { problem: describe(value), remedy };
  return pathTrouble(value, FILE_PATH_MAX) ?? { value };
}

function listOf(value: unknown, read: (one: unknown) => Read<string>): Read<string[]> {
  const all = Array.isArray(value) ? value : [value];
  if (all.length === 0)
    return { problem: 'is an empty list', remedy: 'name one, or remove the key' };
  const values: string[] = [];
  for (const one of all) {
    const found = read(one);
    if ('problem' in found) return found;
    values.push(found.value);
  }
  const twice = values.find((one, at) => values.indexOf(one) !== at);
  if (twice === undefined) return { value: values };
  return { problem: `${quote(twice)} is there twice`, remedy: 'remove one' };
}

function devicesOf(value: unknown): Read<NamedDevice[]> {
  const remedy = 'give a mapping of names to devices, such as {up0: "0000:3b:00.0"}';
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return { problem: describe(value), remedy };
  const devices: NamedDevice[] = [];
  for (const [name, device] of Object.entries(value)) {
    if (!PORT_NAME.pattern.test(name) || name.length > PORT_NAME.max) {
      const rule = `give ${PORT_NAME.want}`;
      return { problem: `${quote(name)} is no name of a port`, remedy: rule };
    }
    const found = wordOf(device);
    if ('problem' in found) return { problem: `${name} ${found.problem}`, remedy: found.remedy };
    devices.push({ name, device: found.value });
  }
  return devices.length > 0 ? { value: devices } : { problem: 'is empty', remedy };
}
