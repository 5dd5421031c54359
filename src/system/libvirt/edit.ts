/** Changes of libvirt's configuration files: values in place, comments and everything else kept. */
import { InvalidInput } from '../../values/errors.js';
import { type Conf, type ConfValue, parseConf, type Setting, settingOf } from './conf.js';

/** The file parsed like libvirt does. @throws InvalidInput for a syntax error, naming the line */
export function readConf(text: string, source: string): Conf {
  const conf = parseConf(text);
  if (!conf.error) return conf;
  const { line, problem } = conf.error;
  const remedy = 'correct it; libvirtd would not start';
  throw new InvalidInput({ thing: `${source} line ${line}`, problem, remedy });
}

/**
 * The text with this value; unchanged if it has it. A new key goes behind the comment with its default.
 * @throws InvalidInput
 */
export function setConf(text: string, key: string, value: ConfValue, source: string): string {
  const conf = readConf(text, source);
  const now = settingOf(conf, key);
  if (now) {
    if (JSON.stringify(now.value) === JSON.stringify(value)) return text;
    return text.slice(0, now.valueAt.start) + written(value) + text.slice(now.valueAt.end);
  }
  const line = `${key} = ${written(value)}\n`;
  const at = behindDefault(text, key, conf.settings);
  if (at !== undefined) return text.slice(0, at) + line + text.slice(at);
  return `${text}${text === '' || text.endsWith('\n') ? '' : '\n'}${line}`;
}

/**
 * The text with more items in a list, behind the last one. A missing list begins with `usual`.
 * @throws InvalidInput
 */
export function extendConf(
  text: string,
  key: string,
  items: readonly string[],
  usual: readonly string[],
  source: string,
): string {
  const now = settingOf(readConf(text, source), key);
  const list = Array.isArray(now?.value) ? now.value : undefined;
  const missing = items.filter((item) => !(list ?? usual).includes(item));
  if (missing.length === 0) return text;
  if (!now || !list || now.lastItem === undefined) {
    return setConf(text, key, [...usual, ...missing], source);
  }
  const { start, end } = now.valueAt;
  const gap = text.slice(start, end).includes('\n') ? ',\n    ' : ', ';
  const added = missing.map((item) => gap + written(item)).join('');
  return text.slice(0, now.lastItem) + added + text.slice(now.lastItem);
}

/** The list in the comment with the default, of this very libvirt. */
export function shownList(text: string, key: string): readonly string[] | undefined {
  const [shown] = new RegExp(`^#${key}[ \\t]*=[ \\t]*\\[[^\\]]*\\]`, 'm').exec(text) ?? [];
  if (shown === undefined) return undefined;
  // A comment may contain anything.
  const value = settingOf(parseConf(shown.replace(/^#/gm, '')), key)?.value;
  const texts = Array.isArray(value) ? value : undefined;
  return texts?.every((one) => typeof one === 'string') ? texts : undefined;
}

/** Behind `#user = "root"`, or behind a commented-out list; not in a text that looks like it. */
function behindDefault(
  text: string,
  key: string,
  settings: readonly Setting[],
): number | undefined {
  const all = text.matchAll(new RegExp(`^#${key}[ \\t]*=[ \\t]*(.*)(?:\\n|$)`, 'gm'));
  const isComment = (at: number) =>
    !settings.some(({ valueAt }) => valueAt.start <= at && at < valueAt.end);
  const shown = [...all].filter(({ index }) => isComment(index)).at(-1);
  if (!shown) return undefined;
  let end = shown.index + shown[0].length;
  if ((shown[1] ?? '').startsWith('[') && !(shown[1] ?? '').includes(']')) {
    const [rest] = /^(?:#[^\n]*\n)*?#[^\n\]]*\][^\n]*(?:\n|$)/.exec(text.slice(end)) ?? [];
    // A list that is not closed in its comment is no valid place.
    if (rest === undefined) return undefined;
    end += rest.length;
  }
  return text[end - 1] === '\n' ? end : undefined;
}

/** @throws TypeError for a text that no quotes can contain; callers check it first */
function written(value: ConfValue): string {
  if (typeof value === 'number') return String(value);
  if (Array.isArray(value)) return `[\n${value.map((one) => `    ${written(one)}`).join(',\n')}\n]`;
  const quote = ['"', "'"].find((one) => !value.includes(one));
  if (quote === undefined || /[\r\n]/.test(value)) throw new TypeError(`cannot quote ${value}`);
  return quote + value + quote;
}
