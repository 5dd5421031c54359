/** The specs and the templates that this package brings (templates/). */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../switch/paths.js';
import { InvalidInput } from '../values/errors.js';
import { nearest } from '../values/nearest.js';

/** A file that a user may begin with. */
export interface Example {
  /** `server`, a spec, or `server.xml`, domain XML to put guests into. */
  name: string;
  kind: 'spec' | 'template';
  /** What it is, from its first comment. */
  what: string;
}

const FOLDERS = { spec: 'examples', template: 'domain' } as const;

/** All of them, specs first. */
export function listExamples(): Example[] {
  return (['spec', 'template'] as const).flatMap((kind) =>
    readdirSync(folderOf(kind))
      .sort()
      .map((file) => {
        const name = file.replace(/\.yaml$/, '');
        return { name, kind, what: describe(readFileSync(join(folderOf(kind), file), 'utf8')) };
      }),
  );
}

/** The text of one; a spec names its schema where that is. @throws InvalidInput without one of that name */
export function exampleText(name: string): string {
  const all = listExamples();
  const found = all.find((one) => one.name === name || `${one.name}.yaml` === name);
  if (found === undefined) {
    const near = nearest(
      name,
      all.map((one) => one.name),
    );
    const remedy = near ? `did you mean ${near}?` : "see 'vmlane domain example'";
    throw new InvalidInput({ thing: name, problem: 'there is no such example', remedy });
  }
  const file = found.kind === 'spec' ? `${found.name}.yaml` : found.name;
  const text = readFileSync(join(folderOf(found.kind), file), 'utf8');
  return text.replace('$schema=../', () => `$schema=${join(packageRoot(), 'templates')}/`);
}

function folderOf(kind: Example['kind']): string {
  return join(packageRoot(), 'templates', FOLDERS[kind]);
}

/** Its first sentence, which may go over lines. */
function describe(text: string): string {
  const comment = /^<!-- ([\s\S]*?) -->/.exec(text)?.[1] ?? hashComment(text);
  return /^.*?(?=[.:](\s|$)|$)/.exec(comment.replace(/\s+/g, ' '))?.[0] ?? '';
}

function hashComment(text: string): string {
  const lines = text.split('\n').filter((line) => !line.startsWith('# yaml-language-server'));
  const end = lines.findIndex((line) => !line.startsWith('# '));
  return lines
    .slice(0, end)
    .map((line) => line.slice(2))
    .join(' ');
}
