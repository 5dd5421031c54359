/** An XML element, read or to be written. Names and attributes include their prefixes. */
export interface Element {
  name: string;
  /** In their order; references resolved. */
  attributes: Readonly<Record<string, string>>;
  children: readonly Element[];
  /** Its own text, references resolved, CDATA included; not written if there are children. */
  text: string;
}

/** An element with children of its own kind: read, or placed. */
export type Tree<T> = Omit<Element, 'children'> & { children: readonly T[] };

/** Children of an element with this name. */
export function childrenOf<T extends Tree<T>>(parent: T | undefined, name: string): T[] {
  return parent?.children.filter((child) => child.name === name) ?? [];
}

/** All elements on this path of names below the element. */
export function down<T extends Tree<T>>(from: T | undefined, ...names: string[]): T[] {
  const start = from === undefined ? [] : [from];
  return names.reduce<T[]>((at, name) => at.flatMap((one) => childrenOf(one, name)), start);
}

/** Value of an attribute. */
export function attribute(element: Element | undefined, name: string): string | undefined {
  return element?.attributes[name];
}
