/** Environment files, as systemd's EnvironmentFile= reads them; never by a shell. Source: parse_env_file_internal, env-file.c. */

/** An assignment, or a line that is none. */
export interface EnvLine {
  /** Where it begins, from 1. */
  line: number;
  /** Undefined: the line is no assignment. */
  name: string | undefined;
  value: string;
  /** A quote that it opens is not closed before the file ends. */
  open: boolean;
}

/** systemd's WHITESPACE, and what a backslash stands before in double quotes. */
const BLANK = /[ \t\n\r]/;
const ESCAPED = '"\\`$';

/** All assignments of the text in order, a name that is there twice included, and lines that systemd ignores. */
export function envLines(text: string): EnvLine[] {
  const lines: EnvLine[] = [];
  let at = 0;
  let line = 1;
  const take = (): string => {
    const char = text[at++] ?? '';
    if (char === '\n') line++;
    return char;
  };
  const toEnd = (): void => {
    // A comment goes to the end of its line, whatever its last character is (since systemd 254).
    while (at < text.length && take() !== '\n');
  };
  const key = (first: string): string | undefined => {
    let name = first;
    for (;;) {
      if (at >= text.length) return undefined;
      const char = take();
      if (char === '\n') return undefined;
      if (char === '=') return name.trimEnd();
      name += char;
    }
  };
  while (at < text.length) {
    const begun = line;
    const first = take();
    if (BLANK.test(first)) continue;
    if (first === '#' || first === ';') {
      toEnd();
      continue;
    }
    const name = first === '=' ? '' : key(first);
    lines.push({
      line: begun,
      name,
      ...(name === undefined ? { value: '', open: false } : value(text, () => at, take)),
    });
  }
  return lines;
}

/** What stands after the `=`, up to the end of its line that is neither quoted nor escaped. */
function value(text: string, at: () => number, take: () => string) {
  let result = '';
  // Blanks of the plain part at the end are not the value's.
  let kept = 0;
  let isPlain = false;
  while (at() < text.length) {
    const char = take();
    if (char === '\n') break;
    if (char === '\\') {
      isPlain = true;
      const next = at() < text.length ? take() : '\n';
      if (next !== '\n') result += next;
      kept = result.length;
    } else if (!isPlain && (char === "'" || char === '"')) {
      const inner = quoted(char, text, at, take);
      result += inner.value;
      kept = result.length;
      if (!inner.closed) return { value: result, open: true };
    } else if (isPlain || !BLANK.test(char)) {
      isPlain = true;
      result += char;
      if (!BLANK.test(char)) kept = result.length;
    }
  }
  return { value: result.slice(0, kept), open: false };
}

function quoted(quote: string, text: string, at: () => number, take: () => string) {
  let inner = '';
  while (at() < text.length) {
    const char = take();
    if (char === quote) return { value: inner, closed: true };
    if (char !== '\\' || quote === "'") inner += char;
    else {
      const next = at() < text.length ? take() : '';
      if (next === '\n') continue;
      inner += ESCAPED.includes(next) ? next : `\\${next}`;
    }
  }
  return { value: inner, closed: false };
}

/** Whether a variable of the environment may be called so. */
export function isEnvName(name: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name);
}
