import type { Guest } from '../spec/index.js';
import { given } from '../spec/resolve/given.js';
import { type Element, element } from '../xml/build.js';
import { applyEdits, escaped, leadOf, removal } from '../xml/edit.js';
import { openDomain } from '../xml/open.js';
import { attribute } from '../xml/scan.js';
import type { VhostUserInterface } from './inspect.js';
import { addMetadata, dropMetadata, findMetadata, prefixOf } from './metadata.js';

const NAME = 'vmlane:ports';
const NAMESPACE = 'urn:vmlane:ports:1';

/**
 * What the switch must know of a guest's ports and libvirt has no place for; inspect.ts reads it.
 * One element of our own namespace, as libvirt asks of `<metadata>`.
 */
export function portSettings({ interfaces }: Guest): Element[] {
  const ports = interfaces.flatMap((nic) => {
    if (nic.type !== 'vhost-user') return [];
    const { vlan, spoofchk, addressLimit, floodLimit } = nic;
    const settings = attributesOf({
      ...given({ vlan, addressLimit, floodLimit }),
      ...(spoofchk && { spoofchk }),
    });
    if (Object.values(settings).every((value) => value === undefined)) return [];
    return [element('vmlane:port', { path: nic.socket, ...settings })];
  });
  if (ports.length === 0) return [];
  const ours = element(NAME, { 'xmlns:vmlane': NAMESPACE }, ports);
  return [element('metadata', {}, [ours])];
}

/** What is kept of one port; empty: nothing. */
export type PortSettings = Pick<
  VhostUserInterface,
  'vlan' | 'spoofchk' | 'addressLimit' | 'floodLimit'
>;

/**
 * A domain's text with these settings for the port at `path`, in place of older ones; nothing else
 * changes. @throws InvalidInput for what is not a domain
 */
export function keepPortSettings(xml: string, path: string, settings: PortSettings): string {
  const domain = openDomain(xml);
  const ours = findMetadata(domain, NAME, NAMESPACE);
  const text = written(path, settings, ours ? prefixOf(ours.name) : 'vmlane:');
  if (!ours) {
    if (text === '') return xml;
    const edit = addMetadata(xml, domain, (_, lead, step) => {
      const inner = lead === '' ? '' : lead + step;
      return `<${NAME} xmlns:vmlane="${NAMESPACE}">${inner}${text}${lead}</${NAME}>`;
    });
    return applyEdits(xml, [edit]);
  }
  const old = ours.children.filter((one) => attribute(one, 'path') === path);
  const edits = old.map((one) => removal(xml, one));
  const left = ours.children.length - old.length;
  if (text === '' && left === 0) return applyEdits(xml, [dropMetadata(xml, domain, ours, 'none')]);
  if (text !== '') {
    const lead = leadOf(xml, (ours.children[0] ?? ours).start);
    const at = ours.inner?.start ?? ours.nameEnd;
    edits.push(
      ours.inner
        ? { start: at, end: at, text: lead + text }
        : { start: at, end: ours.end, text: `>${text}</${ours.name}>` },
    );
  }
  return applyEdits(xml, edits);
}

function written(path: string, settings: PortSettings, prefix: string): string {
  const pairs = Object.entries(attributesOf(settings)).filter(([, value]) => value !== undefined);
  if (pairs.length === 0) return '';
  const attributes = pairs.map(([name, value]) => ` ${name}="${value}"`).join('');
  return `<${prefix}port path="${escaped(path)}"${attributes}/>`;
}

function attributesOf({ vlan, spoofchk, addressLimit, floodLimit }: PortSettings) {
  return {
    vlan,
    spoofchk: spoofchk ? 'yes' : undefined,
    'address-limit': addressLimit,
    'flood-limit': floodLimit,
  };
}
