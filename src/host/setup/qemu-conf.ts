/** libvirt's qemu.conf: values changed in their places, comments kept. Source: libvirt's src/util/virconf.c. */
import { InvalidInput } from '../../values/errors.js';

/** A value as the file can have it. */
export type ConfValue = string | number | readonly string[];

interface Entry {
  key: string;
  value: ConfValue;
  /** Of the value, in UTF-16 units. */
  start: number;
  end: number;
  /** Behind a list's last item. */
  lastItem?: number;
}

/** Keys and values of a file; of a key that is there twice libvirt takes the first. @throws InvalidInput naming the line */
export function readConf(text: string, source: string): ReadonlyMap<string, ConfValue> {
  const found = new Map<string, ConfValue>();
  for (const { key, value } of entries(text, source)) if (!found.has(key)) found.set(key, value);
  return found;
}

/** The text with this value; the same text when it has it. A new key goes behind the comment that shows its default. */
export function setConf(text: string, key: string, value: ConfValue, source: string): string {
  const now = entries(text, source).find((one) => one.key === key);
  if (now) {
    if (JSON.stringify(now.value) === JSON.stringify(value)) return text;
    return text.slice(0, now.start) + written(value) + text.slice(now.end);
  }
  const line = `${key} = ${written(value)}\n`;
  const at = behindDefault(text, key);
  if (at !== undefined) return text.slice(0, at) + line + text.slice(at);
  return `${text}${text === '' || text.endsWith('\n') ? '' : '\n'}${line}`;
}

/** The text with more items in a list, behind the last one. A list that is not there begins with `usual`. */
export function extendConf(
  text: string,
  key: string,
  items: readonly string[],
  usual: readonly string[],
  source: string,
): string {
  const now = entries(text, source).find((one) => one.key === key);
  const there = Array.isArray(now?.value) ? now.value : undefined;
  const missing = items.filter((item) => !(there ?? usual).includes(item));
  if (missing.length === 0) return text;
  if (!now || !there || now.lastItem === undefined) {
    return setConf(text, key, [...usual, ...missing], source);
  }
  const gap = text.slice(now.start, now.end).includes('\n') ? ',\n    ' : ', ';
  const added = missing.map((item) => `${gap}"${item}"`).join('');
  return text.slice(0, now.lastItem) + added + text.slice(now.lastItem);
}

/** The list that a comment shows as the default, of this very libvirt. */
export function shownList(text: string, key: string): readonly string[] | undefined {
  const [shown] = new RegExp(`^#${key}[ \\t]*=[ \\t]*\\[[^\\]]*\\]`, 'm').exec(text) ?? [];
  if (shown === undefined) return undefined;
  try {
    const value = readConf(shown.replace(/^#/gm, ''), key).get(key);
    return Array.isArray(value) ? value : undefined;
  } catch (error) {
    if (error instanceof InvalidInput) return undefined; // a comment may say anything
    throw error;
  }
}

/** Behind `#user = "root"`, or all of a list that is commented out. */
function behindDefault(text: string, key: string): number | undefined {
  const shown = [...text.matchAll(new RegExp(`^#${key}[ \\t]*=[ \\t]*(.*)(?:\\n|$)`, 'gm'))].at(-1);
  if (!shown) return undefined;
  let end = shown.index + shown[0].length;
  if ((shown[1] ?? '').startsWith('[') && !(shown[1] ?? '').includes(']')) {
    const [rest] = /^(?:#[^\n]*\n)*?#[^\n\]]*\][^\n]*(?:\n|$)/.exec(text.slice(end)) ?? [];
    // A list that is not closed in its comment is no place to write to.
    if (rest === undefined) return undefined;
    end += rest.length;
  }
  return text[end - 1] === '\n' ? end : undefined;
}

function written(value: ConfValue): string {
  if (typeof value === 'number') return String(value);
  if (typeof value === 'string') return `"${value}"`;
  return `[\n${value.map((one) => `    "${one}"`).join(',\n')}\n]`;
}

const SKIP = /(?:[ \t\r\n]|#[^\n]*)*/y;
const BLANK = /[ \t]*/y;
const KEY = /[A-Za-z_][\w.-]*/y;
const NUMBER = /-?\d+/y;
const STRING = /"([^"\n]*)"|'([^'\n]*)'/y;
const LONG_STRING = /"""([\s\S]*?)"""/y;

function entries(text: string, source: string): Entry[] {
  let at = 0;
  const refuse = (problem: string) => {
    const thing = `${source} line ${text.slice(0, at).split('\n').length}`;
    return new InvalidInput({ thing, problem, remedy: 'correct it; libvirtd would not start' });
  };
  const take = (pattern: RegExp) => {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (found) at += found[0].length;
    return found;
  };
  const scalar = (): string | number => {
    const string = take(LONG_STRING) ?? take(STRING);
    if (string) return string[1] ?? string[2] ?? '';
    const number = take(NUMBER);
    if (number) return Number(number[0]);
    throw refuse('a value that is neither text in quotes, a number, nor a list');
  };
  const list = () => {
    at++;
    const items: string[] = [];
    let lastItem: number | undefined;
    for (;;) {
      take(SKIP);
      if (text[at] === ']') break;
      if (text[at] === undefined) throw refuse('a list is not closed');
      items.push(String(scalar()));
      lastItem = at;
      take(SKIP);
      if (text[at] === ',') at++;
      else if (text[at] !== ']') throw refuse('a list needs a comma or ] here');
    }
    at++;
    return { value: items, ...(lastItem !== undefined && { lastItem }) };
  };
  const found: Entry[] = [];
  for (take(SKIP); at < text.length; take(SKIP)) {
    const key = take(KEY)?.[0];
    if (key === undefined) throw refuse('no key begins here');
    take(BLANK);
    if (text[at] !== '=') throw refuse(`= is missing behind ${key}`);
    at++;
    take(BLANK);
    const start = at;
    const value = text[at] === '[' ? list() : { value: scalar() };
    found.push({ key, ...value, start, end: at });
    take(BLANK);
    if (at < text.length && !/[\r\n#]/.test(text[at] ?? '')) {
      throw refuse(`something follows the value of ${key}`);
    }
  }
  return found;
}
