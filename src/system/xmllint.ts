import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import type { XmllintError } from '../domain/validate/index.js';
import { withOwnFolder } from './files/own-folder.js';

/** A check with libvirt's schema takes a tenth of a second, nearly all of it for reading the schema. */
const DEADLINE_MS = 30_000;
/** Texts for one xmllint, so that many take neither too long nor too many words. */
const TOGETHER = 100;

/** The schema's verdict on a text, or why it could not be checked. */
export type SchemaAnswer = { errors: XmllintError[] } | { trouble: string };

/**
 * Checks a text against a RELAX NG schema by xmllint (libxml2-utils). The text must have passed
 * openDomain: it has no document type. Nothing is fetched from a network.
 */
export async function askSchema(xml: string, schema: string): Promise<SchemaAnswer> {
  const ran = await xmllint(schema, ['-'], { input: xml });
  return answerFor('-', ran, schema);
}

/** The same for many texts, for which xmllint reads the schema once. `schema`: an absolute path. */
export async function askSchemas(
  texts: readonly string[],
  schema: string,
): Promise<SchemaAnswer[]> {
  const found = texts.length > 1 ? await askAtOnce(texts, schema) : [];
  // One by one, through standard input, what has no answer; not many times over when nothing has one.
  for (const [i, xml] of texts.entries()) {
    if (found[i] && 'errors' in found[i]) continue;
    found[i] = await askSchema(xml, schema);
    if ('trouble' in found[i] && i === 0) return texts.map(() => found[0] as SchemaAnswer);
  }
  return found;
}

/** No answers where no files can be made for xmllint. */
async function askAtOnce(texts: readonly string[], schema: string): Promise<SchemaAnswer[]> {
  let made = false;
  try {
    // Texts may hold secrets.
    return await withOwnFolder((folder) => {
      made = true;
      return askIn(folder, texts, schema);
    });
  } catch (error) {
    // Standard input needs no place, and only takes longer.
    if (made || (error as NodeJS.ErrnoException).code === undefined) throw error;
    return [];
  }
}

async function askIn(
  folder: string,
  texts: readonly string[],
  schema: string,
): Promise<SchemaAnswer[]> {
  const found: SchemaAnswer[] = [];
  for (let from = 0; from < texts.length; from += TOGETHER) {
    const some = texts.slice(from, from + TOGETHER);
    // With the folder's name, which no text can know: xmllint prints lines of what it cannot read.
    const names = some.map((_, i) => join(folder, `${from + i}.xml`));
    await Promise.all(names.map((name, i) => writeFile(name, some[i] ?? '', { mode: 0o600 })));
    const ran = await xmllint(schema, names);
    found.push(...names.map((name) => answerFor(name, ran, schema)));
  }
  return found;
}

interface Ran {
  exitCode: number | undefined;
  code: string | undefined;
  lines: string[];
  shortMessage: string;
}

async function xmllint(
  schema: string,
  names: readonly string[],
  given: { input?: string } = {},
): Promise<Ran> {
  const { exitCode, code, stderr, shortMessage } = await execa(
    'xmllint',
    ['--noout', '--nonet', '--relaxng', schema, ...names],
    { ...given, env: { LC_ALL: 'C' }, timeout: DEADLINE_MS, reject: false },
  );
  return { exitCode, code, lines: stderr.split('\n'), shortMessage: shortMessage ?? '' };
}

function answerFor(name: string, ran: Ran, schema: string): SchemaAnswer {
  const { exitCode, code, lines, shortMessage } = ran;
  if (code === 'ENOENT') return { trouble: 'xmllint is not installed (libxml2-utils)' };
  if (exitCode === 0 || lines.includes(`${name} validates`)) return { errors: [] };
  const errors = lines.flatMap((line): XmllintError[] => {
    if (!line.startsWith(`${name}:`)) return [];
    const [, number, element, message] = ERROR.exec(line.slice(name.length)) ?? [];
    if (number === undefined || message === undefined) return [];
    return [{ line: Number(number), element: element ?? '', message }];
  });
  if (errors.length > 0) return { errors };
  return { trouble: `xmllint cannot use ${schema}: ${lines[0] || shortMessage}` };
}

/** libxml2 reports a text that it cannot parse without an element. */
const ERROR =
  /^:(\d+): (?:element (\S+): Relax-NG validity error|parser error|namespace error) : (.*)$/;
