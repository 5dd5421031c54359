import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ConvertOptions } from '../../../src/domain/index.js';

/** Golden cases and corpus: NAME.xml, with NAME.diff or NAME.err beside it; its README says where from. */
export const FOLDER = join(import.meta.dirname, '../../data/convert');
export const files = readdirSync(FOLDER);
export const names = files.filter((f) => f.endsWith('.xml')).map((f) => f.replace(/\.xml$/, ''));

export function xmlOf(name: string): string {
  return readFileSync(join(FOLDER, `${name}.xml`), 'utf8');
}

export function optionsOf(name: string): ConvertOptions {
  const file = join(FOLDER, `${name}.case.json`);
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as ConvertOptions) : {};
}

/** What libvirt's schema and its test driver are asked about. */
export const SCHEMA = '/usr/share/libvirt/schemas/domain.rng';

/** Other ways to write the same domain. */
export const STYLES: [string, (xml: string) => string][] = [
  ['as it is', (xml) => xml],
  ['with CRLF', (xml) => xml.replaceAll('\n', '\r\n')],
  ['with CR', (xml) => xml.replaceAll('\n', '\r')],
  ['with a byte order mark', (xml) => `\ufeff${xml}`],
  ['with a head', (xml) => (xml.startsWith('<?') ? xml : `<?xml version='1.0'?>\n${xml}`)],
  ['on one line', (xml) => xml.replace(/>\s+</g, '><')],
  ['with tabs', (xml) => xml.replace(/^ +/gm, (blanks) => '\t'.repeat(blanks.length / 2))],
  ['without indent', (xml) => xml.replace(/^[ \t]+/gm, '')],
  ['with a comment before each tag', (xml) => xml.replace(/\n( *)</g, '\n$1<!-- <b> --><')],
  ['with empty lines', (xml) => xml.replaceAll('\n', '\n\n')],
  ['with other quotes', (xml) => xml.replace(/"([^"'<]*)"/g, "'$1'")],
];
