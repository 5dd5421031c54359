/** An XML element, read or to be written. Names and attributes are as written, prefixes included. */
export interface Element {
  name: string;
  /** In their order; references resolved. */
  attributes: Readonly<Record<string, string>>;
  children: readonly Element[];
  /** Its own text, references resolved, CDATA included; not written where there are children. */
  text: string;
}

/** An element whose children are of its own kind: read, or placed. */
export type Tree<T> = Omit<Element, 'children'> & { children: readonly T[] };

/** Children of an element that have this name. */
export function childrenOf<T extends Tree<T>>(parent: T | undefined, name: string): T[] {
  return parent?.children.filter((child) => child.name === name) ?? [];
}

/** What is found by going down by these names, at each step through all. */
export function down<T extends Tree<T>>(from: T | undefined, ...names: string[]): T[] {
  const start = from === undefined ? [] : [from];
  return names.reduce<T[]>((at, name) => at.flatMap((one) => childrenOf(one, name)), start);
}

/** Value of an attribute. */
export function attribute(element: Element | undefined, name: string): string | undefined {
  return element?.attributes[name];
}
