import { XMLBuilder } from 'fast-xml-parser';
import type { Element } from './element.js';

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
  // The builder puts a newline before each element, the first one included.
  return `${builder.build([ordered(root)]).trimStart()}\n`;
}

const builder = new XMLBuilder({
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: '',
  format: true,
  indentBy: '  ',
  suppressEmptyNode: true,
});

// The shape that fast-xml-parser calls preserveOrder: {name: children, ':@': attributes}.
function ordered({ name, attributes, children, text }: Element): Record<string, unknown> {
  const inside = children.length > 0 || text === '' ? children.map(ordered) : [{ '#text': text }];
  return { [name]: inside, ':@': attributes };
}
