/** libvirt's configuration files (qemu.conf, libvirtd.conf …), parsed like libvirt's virconf.c. */
import type { Span } from '../../xml/scan.js';

/** `"text"`, `'text'`, `"""text"""`, a number, or a list of them. */
export type ConfValue = string | number | ConfValue[];

export interface Setting {
  name: string;
  value: ConfValue;
  /** Place of its name; the first line is 1. */
  line: number;
  /** Places in the text, for edits.ts. */
  at: Span;
  /** With its quotes or brackets, without trailing text. */
  valueAt: Span;
  /** For a list with items: behind the last one. */
  lastItem?: number;
}

export interface Conf {
  /** In order. */
  settings: Setting[];
  /** The first syntax error: with it, the daemon does not start. */
  error?: { line: number; problem: string };
}

/** libvirt uses the first of several settings with one name. Source: virConfGetValue. */
export function settingOf({ settings }: Conf, name: string): Setting | undefined {
  return settings.find((one) => one.name === name);
}

/** All settings, and the first syntax error. Never throws. */
export function parseConf(text: string): Conf {
  const reader = new Reader(text);
  const settings: Setting[] = [];
  try {
    reader.skip(BLANK_OR_EOL);
    // Blanks alone are not an empty file, but one with its first setting missing.
    if (reader.ended && text !== '') throw new Refused('expecting a name');
    for (; !reader.ended; reader.separator()) {
      if (reader.comment()) continue;
      settings.push(reader.setting());
    }
    return { settings };
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return { settings, error: { line: reader.line, problem: error.message } };
  }
}

const BLANK = /[ \t]*/y;
const BLANK_OR_EOL = /[ \t\r\n]*/y;
const COMMENT = /#[^\r\n]*/y;
const NAME = /[A-Za-z][A-Za-z0-9_]*/y;
const NUMBER = /[+-]?\d+/y;
/** Three quotes count only if at least four characters follow. */
const STRING = /'([^'\r\n]*)'|"""(?=.{4})(.*?)"""|(?!""".{4})"([^"\r\n]*)"/sy;
/** Nested lists are read like libvirt does, up to a depth that this program can handle. */
const DEEPEST = 100;

class Refused extends Error {}

class Reader {
  #at = 0;
  #lastItem: number | undefined;

  constructor(readonly text: string) {}

  get ended(): boolean {
    return this.#at >= this.text.length;
  }

  get line(): number {
    return this.text.slice(0, this.#at).split('\n').length;
  }

  skip(what: RegExp): RegExpExecArray | null {
    what.lastIndex = this.#at;
    const found = what.exec(this.text);
    this.#at += found?.[0].length ?? 0;
    return found;
  }

  comment(): boolean {
    return this.skip(COMMENT) !== null;
  }

  /** Between statements: a line's end or a semicolon. */
  separator(): void {
    this.skip(BLANK);
    if (this.ended) return;
    if (!/[\r\n;]/.test(this.#next())) throw new Refused('expecting a separator');
    this.#at++;
    this.skip(BLANK_OR_EOL);
  }

  setting(): Setting {
    const [start, line] = [this.#at, this.line];
    const name = this.skip(NAME)?.[0];
    if (name === undefined) throw new Refused('expecting a name');
    const at = { start, end: this.#at };
    this.skip(BLANK);
    if (this.#next() !== '=') throw new Refused('expecting an assignment');
    this.#at++;
    this.skip(BLANK);
    const from = this.#at;
    this.#lastItem = undefined;
    const value = this.#value(0);
    const lastItem = this.#lastItem;
    const valueAt = { start: from, end: this.#at };
    this.skip(BLANK);
    this.comment();
    return { name, value, line, at, valueAt, ...(lastItem !== undefined && { lastItem }) };
  }

  /** The next character, none at the end. */
  #next(): string {
    return this.text[this.#at] ?? '';
  }

  #value(depth: number): ConfValue {
    this.skip(BLANK);
    if (this.#next() === '[' && depth < DEEPEST) return this.#list(depth + 1);
    const string = this.skip(STRING);
    if (string) return string[1] ?? string[2] ?? string[3] ?? '';
    if (/["']/.test(this.#next())) throw new Refused('unterminated string');
    const number = this.skip(NUMBER)?.[0];
    if (number !== undefined) return Number(number);
    throw new Refused(/[+-]/.test(this.#next()) ? 'unterminated number' : 'expecting a value');
  }

  /** Comments are not allowed inside; a trailing comma is. */
  #list(depth: number): ConfValue[] {
    const values: ConfValue[] = [];
    this.#at++;
    for (this.skip(BLANK_OR_EOL); !this.ended && this.#next() !== ']'; this.skip(BLANK_OR_EOL)) {
      if (values.length > 0) {
        if (this.#next() !== ',') throw new Refused('expecting a separator in list');
        this.#at++;
        this.skip(BLANK_OR_EOL);
        if (this.#next() === ']') break;
      }
      values.push(this.#value(depth));
      if (depth === 1) this.#lastItem = this.#at;
    }
    if (this.#next() !== ']') throw new Refused('list is not closed with ]');
    this.#at++;
    return values;
  }
}
