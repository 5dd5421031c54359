import type { Element } from './element.js';
import { encode } from './text.js';

type Value = string | number | undefined;

/** An element with attributes in the given order; undefined ones are left out. */
export function element(
  name: string,
  attributes: Readonly<Record<string, Value>> = {},
  content: readonly Element[] | string = [],
): Element {
  const given = Object.entries(attributes).flatMap(([key, value]) =>
    value === undefined ? [] : [[key, String(value)]],
  );
  const inside =
    typeof content === 'string' ? { children: [], text: content } : { children: content, text: '' };
  return { name, attributes: Object.fromEntries(given), ...inside };
}

/** Text of an element: indented by two spaces, a newline at the end, escaped where needed. */
export function render(root: Element): string {
  return lines(root, '').join('');
}

function lines({ name, attributes, children, text }: Element, indent: string): string[] {
  const given = Object.entries(attributes).map(([key, value]) => ` ${key}="${encode(value)}"`);
  const start = `${indent}<${name}${given.join('')}`;
  if (children.length > 0) {
    const inside = children.flatMap((child) => lines(child, `${indent}  `));
    return [`${start}>\n`, ...inside, `${indent}</${name}>\n`];
  }
  return [text === '' ? `${start}/>\n` : `${start}>${encode(text)}</${name}>\n`];
}
