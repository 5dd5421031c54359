import { execa } from 'execa';
import type { XmllintError } from '../domain/validate/index.js';

/** A check with libvirt's schema takes a tenth of a second. */
const DEADLINE_MS = 30_000;

/** The schema's verdict on a text, or why it could not be checked. */
export type SchemaAnswer = { errors: XmllintError[] } | { trouble: string };

/**
 * Checks a text against a RELAX NG schema by xmllint (libxml2-utils). The text must have passed
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

/** libxml2 reports a text that it cannot parse without an element. */
const ERROR =
  /^-:(\d+): (?:element (\S+): Relax-NG validity error|parser error|namespace error) : (.*)$/;
