/** Settings of the switch's ports in `<metadata>`: from a spec or by hand (`ports`), and from a conversion. */

import { childrenOf, type Element } from '../../xml/element.js';
import { named, OURS } from './metadata.js';
import { type PortSettings, readSettings } from './port-settings.js';

/** What `<metadata>` says about a domain's ports. */
export interface KeptSettings {
  /** By the sockets' paths. */
  settings: ReadonlyMap<string, PortSettings>;
  /** Invalid settings, one line each. */
  troubles: readonly string[];
}

/** Where settings are: namespace, outer element, inner ones. A later place wins, key by key. */
const PLACES = [
  [OURS.convert[1], 'convert', 'interface'],
  [OURS.ports[1], 'ports', 'port'],
] as const;

export function keptSettings(domain: Element): KeptSettings {
  const settings = new Map<string, PortSettings>();
  const troubles: string[] = [];
  for (const metadata of childrenOf(domain, 'metadata')) {
    for (const [namespace, outer, inner] of PLACES) {
      for (const record of named(metadata, outer, namespace, [metadata, domain])) {
        for (const port of named(record, inner, namespace, [record, metadata, domain])) {
          const { path } = port.attributes;
          if (path === undefined) continue;
          settings.set(path, merged(settings.get(path), read(port, path, troubles)));
        }
      }
    }
  }
  return { settings, troubles };
}

/** Where the later says how a port stands in VLANs, the earlier does not say it: those settings go together. */
export function merged(before: PortSettings = {}, own: PortSettings): PortSettings {
  const { vlan: _, network: __, vlanMode: ___, trunks: ____, ...others } = before;
  const isOwn = [own.vlan, own.network, own.vlanMode, own.trunks].some((one) => one !== undefined);
  return { ...(isOwn ? others : before), ...own };
}

function read({ name, attributes }: Element, path: string, troubles: string[]): PortSettings {
  const { settings, wrong, trouble } = readSettings(attributes);
  const of = `<${name}> of ${path}`;
  for (const { name: key, wanted } of wrong)
    troubles.push(`${of}: ${key} is "${attributes[key]}", not ${wanted}`);
  if (trouble !== undefined) troubles.push(`${of}: ${trouble.problem}`);
  return settings;
}
