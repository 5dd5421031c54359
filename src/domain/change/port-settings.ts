/** Stores settings of a port in `<metadata>`. Pure. */
import { applyEdits, escaped, leadOf, removal } from '../../xml/edit.js';
import { attribute } from '../../xml/element.js';
import type { Domain } from '../domain.js';
import { findMetadata, OURS, prefixOf } from '../read/metadata.js';
import { type PortSettings, settingAttributes } from '../read/port-settings.js';
import { addMetadata, dropMetadata } from './metadata.js';

const [NAME, NAMESPACE] = OURS.ports;

/**
 * A domain's text with these settings for the port at `path`, in place of older ones; nothing else
 * changes. @throws InvalidInput as Domain.placed
 */
export function keepPortSettings(
  { text: xml, placed: domain }: Domain,
  path: string,
  settings: PortSettings,
): string {
  const ours = findMetadata(domain, 'ports');
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
  const pairs = Object.entries(settingAttributes(settings)).filter(
    ([, value]) => value !== undefined,
  );
  if (pairs.length === 0) return '';
  const attributes = pairs.map(([name, value]) => ` ${name}="${escaped(String(value))}"`).join('');
  return `<${prefix}port path="${escaped(path)}"${attributes}/>`;
}
