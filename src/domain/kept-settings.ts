/** What `<metadata>` says of the switch's ports: of a spec or by hand (`ports`), and of a conversion. */

import type { Element } from '../xml/build.js';
import { children } from '../xml/read.js';
import type { PortSettings } from './ports-metadata.js';

interface Kept {
  /** By the sockets' paths. */
  settings: Map<string, PortSettings>;
  /** What cannot be, one line each: what it asks for is not known. */
  troubles: string[];
}

/** Where settings stand: namespace, outer element, inner ones. A later one wins, key by key. */
const PLACES = [
  ['urn:vmlane:convert:1', 'convert', 'interface'],
  ['urn:vmlane:ports:1', 'ports', 'port'],
] as const;

const NUMBERS = [
  ['vlan', 'vlan', 4094],
  ['address-limit', 'addressLimit', 65_536],
  ['flood-limit', 'floodLimit', 2 ** 32 - 1],
] as const;

export function keptSettings(domain: Element): Kept {
  const kept: Kept = { settings: new Map(), troubles: [] };
  for (const metadata of children(domain, 'metadata')) {
    for (const [namespace, outer, inner] of PLACES) {
      for (const record of named(metadata, outer, namespace, [metadata, domain])) {
        for (const port of named(record, inner, namespace, [record, metadata, domain])) {
          const { path } = port.attributes;
          if (path === undefined) continue;
          const found = read(port, path, kept.troubles);
          kept.settings.set(path, { ...kept.settings.get(path), ...found });
        }
      }
    }
  }
  return kept;
}

function read({ name, attributes }: Element, path: string, troubles: string[]): PortSettings {
  const settings: PortSettings = {};
  const tell = (key: string, wanted: string) =>
    troubles.push(`<${name}> of ${path}: ${key} is "${attributes[key]}", not ${wanted}`);
  for (const [key, setting, most] of NUMBERS) {
    const text = attributes[key];
    // 0: none, which is what it is without.
    if (text === undefined || text === '0') continue;
    if (/^\d{1,10}$/.test(text) && Number(text) >= 1 && Number(text) <= most) {
      settings[setting] = Number(text);
    } else tell(key, `1 to ${most}`);
  }
  const { spoofchk } = attributes;
  if (spoofchk === 'yes') settings.spoofchk = true;
  else if (spoofchk !== undefined && spoofchk !== 'no') tell('spoofchk', 'yes or no');
  return settings;
}

/** Children of this local name in a namespace, by whatever prefix; `outer` may declare it, nearest first. */
function named(
  parent: Element,
  local: string,
  namespace: string,
  outer: readonly Element[],
): Element[] {
  if (typeof parent.content === 'string') return [];
  return parent.content.filter((child) => {
    const [, prefix, name] = /^(?:([^:]*):)?([^:]*)$/.exec(child.name) ?? [];
    const key = prefix === undefined ? 'xmlns' : `xmlns:${prefix}`;
    const declared = [child, ...outer].map(({ attributes }) => attributes[key]);
    return name === local && declared.find((one) => one !== undefined) === namespace;
  });
}
