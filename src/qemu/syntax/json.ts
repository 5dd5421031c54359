import { InvalidInput } from '../../values/errors.js';

export type JsonScalar = string | number | boolean;

/** A member of the outermost object. `text` is `"key":value` as written, without outer blanks. */
export interface JsonMember {
  key: string;
  /** Undefined for an object, an array or null. */
  value: JsonScalar | undefined;
  text: string;
}

/**
 * Reads a JSON object and keeps the text of its members, so that unchanged members stay byte for
 * byte. Accepts what QEMU's own parser accepts (qobject/json-lexer.c): strings in single quotes too.
 * `option` is the option named in the message. @throws InvalidInput with the position of the fault
 */
export function parseJsonObject(text: string, option: string): JsonMember[] {
  const reader = new Reader(text, option);
  reader.blanks();
  const members = reader.object();
  reader.blanks();
  if (reader.at < text.length) reader.fail('the end of the value');
  return members;
}

const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?/y;
const WORD = /true|false|null/y;
const BLANKS = /[ \t\r\n]*/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON strings must not hold them
const DOUBLE_QUOTED = /"(?:[^"\\\u0000-\u001f]|\\(?:["'\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON strings must not hold them
const SINGLE_QUOTED = /'(?:[^'\\\u0000-\u001f]|\\(?:["'\\/bfnrt]|u[0-9a-fA-F]{4}))*'/y;
// QEMU's own limit is 1024 (MAX_NESTING); the guard keeps a hostile value from filling our stack.
const DEEPEST = 1024;

class Reader {
  at = 0;
  private depth = 0;
  constructor(
    private readonly text: string,
    private readonly option: string,
  ) {}

  object(): JsonMember[] {
    const members: JsonMember[] = [];
    this.enclosed('{', '}', () => {
      const from = this.at;
      const key = this.string();
      if (members.some((member) => member.key === key)) {
        this.refuse(`the key ${JSON.stringify(key)} is given twice`, from);
      }
      this.expect(':');
      const value = this.value();
      members.push({ key, value, text: this.text.slice(from, this.at) });
    });
    return members;
  }

  blanks(): void {
    this.match(BLANKS);
  }

  fail(wanted: string): never {
    const next = this.text[this.at];
    const found =
      next === undefined ? 'the end of the value' : next === '"' ? `'"'` : JSON.stringify(next);
    this.refuse(`expected ${wanted}, found ${found}`, this.at);
  }

  private refuse(problem: string, at: number): never {
    throw new InvalidInput({
      thing: `${this.option} ${excerpt(this.text)}`,
      problem: `broken JSON at position ${at + 1}: ${problem}`,
      remedy: 'write valid JSON or the key=value form',
    });
  }

  private value(): JsonScalar | undefined {
    this.blanks();
    const next = this.text[this.at];
    if (next === '{') {
      this.object();
      return undefined;
    }
    if (next === '[') {
      this.enclosed('[', ']', () => this.value());
      return undefined;
    }
    if (next === '"' || next === "'") return this.string();
    const word = this.match(WORD);
    if (word !== undefined) return word === 'null' ? undefined : word === 'true';
    const number = this.match(NUMBER);
    return number !== undefined ? Number(number) : this.fail('a value');
  }

  /** A comma-separated list between `open` and `close`; `item` reads one element. */
  private enclosed(open: string, close: string, item: () => void): void {
    this.expect(open);
    this.depth++;
    if (this.depth > DEEPEST) this.fail(`at most ${DEEPEST} levels`);
    this.blanks();
    while (this.text[this.at] !== close) {
      item();
      this.blanks();
      if (this.text[this.at] === close) break;
      if (this.text[this.at] !== ',') this.fail(`"," or "${close}"`);
      this.at++;
      this.blanks();
      if (this.text[this.at] === close) this.fail('another element');
    }
    this.at++;
    this.depth--;
  }

  private expect(character: string): void {
    this.blanks();
    if (this.text[this.at] !== character) this.fail(`"${character}"`);
    this.at++;
  }

  private string(): string {
    this.blanks();
    const written = this.match(DOUBLE_QUOTED) ?? this.match(SINGLE_QUOTED);
    return written === undefined ? this.fail('a complete string') : unquote(written);
  }

  private match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0];
    if (found !== undefined) this.at += found.length;
    return found;
  }
}

/** A string token's value: QEMU's `\'` and single quotes are converted for JSON.parse. */
function unquote(written: string): string {
  const inner = written
    .slice(1, -1)
    .replace(/\\.|"/gs, (found) => (found === "\\'" ? "'" : found === '"' ? '\\"' : found));
  return JSON.parse(`"${inner}"`) as string;
}

function excerpt(text: string): string {
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
