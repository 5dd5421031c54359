import { execa } from 'execa';
import type { XmllintError } from '../domain/validate/index.js';

/** libvirt's schema takes a tenth of a second. */
const DEADLINE_MS = 30_000;

/** What the schema says of a text, or why it could not be asked. */
export type SchemaAnswer = { errors: XmllintError[] } | { trouble: string };

/**
 * Asks xmllint (libxml2-utils) whether a text fits a RELAX NG schema. The text must have passed
 * openDomain: it has no document type. Nothing is fetched from a network.
 */
export async function askSchema(xml: string, schema: string): Promise<SchemaAnswer> {
  const words = ['--noout', '--nonet', '--relaxng', schema, '-'];
  const ran = await execa('xmllint', words, {
    input: xml,
    env: { LC_ALL: 'C' },
    timeout: DEADLINE_MS,
    reject: false,
  });
  if (ran.code === 'ENOENT') return { trouble: 'xmllint is not installed (libxml2-utils)' };
  if (ran.exitCode === 0) return { errors: [] };
  const lines = ran.stderr.split('\n');
  const errors = lines.flatMap((line): XmllintError[] => {
    const [, number, element, message] = ERROR.exec(line) ?? [];
    if (number === undefined || message === undefined) return [];
    return [{ line: Number(number), element: element ?? '', message }];
  });
  if (errors.length > 0) return { errors };
  return { trouble: `xmllint cannot use ${schema}: ${lines[0] || ran.shortMessage}` };
}

/** What libxml2 cannot even read is said without an element. */
const ERROR =
  /^-:(\d+): (?:element (\S+): Relax-NG validity error|parser error|namespace error) : (.*)$/;
