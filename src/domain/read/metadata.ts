/** Our elements in `<metadata>`, where libvirt keeps one element of each namespace. */
import { attribute, childrenOf, type Tree } from '../../xml/element.js';

/** Name, with the prefix that we write, and namespace of each element of ours. */
export const OURS = {
  apply: ['vmlane:apply', 'urn:vmlane:apply:1'],
  convert: ['vmlane:convert', 'urn:vmlane:convert:1'],
  ports: ['vmlane:ports', 'urn:vmlane:ports:1'],
  wrap: ['vmlane:wrap', 'urn:vmlane:wrap:1'],
} as const;

/** Finds one of our elements by namespace: somebody who rewrote the XML may have changed the prefix. */
export function findMetadata<T extends Tree<T>>(
  domain: T,
  which: keyof typeof OURS,
): T | undefined {
  const [metadata] = childrenOf(domain, 'metadata');
  const [name, namespace] = OURS[which];
  return metadata && named(metadata, localName(name), namespace, [metadata, domain])[0];
}

/** Children of this local name in a namespace, whatever the prefix, which `outer` may declare, nearest first. */
export function named<T extends Tree<T>>(
  parent: T,
  local: string,
  namespace: string,
  outer: readonly T[],
): T[] {
  return parent.children.filter((child) => {
    const prefix = prefixOf(child.name);
    if (child.name !== prefix + local) return false;
    const key = prefix === '' ? 'xmlns' : `xmlns:${prefix.slice(0, -1)}`;
    const declared = [child, ...outer].map((one) => attribute(one, key));
    return declared.find((one) => one !== undefined) === namespace;
  });
}

/** A name's prefix with its colon; '' for none. */
export function prefixOf(name: string): string {
  return name.slice(0, name.indexOf(':') + 1);
}

export function localName(name: string): string {
  return name.slice(name.indexOf(':') + 1);
}
