import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { shown, visible } from '../../../domain/validate/finding.js';
import type { Finding, Level, Purpose } from '../../../host/check/index.js';
import { controlSocketPath } from '../../../switch/paths.js';
import { fileTrouble } from '../../../system/input.js';
import { InvalidInput } from '../../../values/errors.js';
import { FILE_PATH_MAX, GUEST_FOLDER, pathTrouble } from '../../../values/socket-path.js';
import { command } from '../../command.js';
import { type Io, say } from '../../io.js';
import { choice, json, text } from '../../options.js';
import { printJson } from '../../output.js';
import { controlSocket } from '../switch/client.js';

/** `vmlane host check` */
export const hostCheck = command({
  path: ['host', 'check'],
  summary: 'Check that this host has what guests need; changes nothing',
  positionals: {},
  options: {
    for: choice('for', ['vhost-user', 'sriov'], 'What guests will use [default: vhost-user]'),
    only: text('only', 'Names of checks, with commas between: pages,sockets [default: all]'),
    'socket-dir': text(
      'socket-dir',
      `Folder of guests' sockets [default: ${GUEST_FOLDER}]`,
      'file',
    ),
    ...controlSocket,
    root: text('root', 'Folder that stands for /; of it no program is asked [default: /]', 'file'),
    json,
  },
  examples: [
    ['host check', 'a line for each finding; status 1 when guests cannot work'],
    ['host check --for sriov', 'for guests with virtual functions'],
    ['host check --only pages,sockets --json', 'two of the checks, for a program'],
  ],
  manual: async () => (await import('./check-manual.js')).manual,
  async run(values, io) {
    const { check, CHECKS, readFacts } = await import('../../../host/check/index.js');
    const known = CHECKS.map(({ name }) => name);
    const only = await namesOf(values.only, known);
    const purpose = values.for ?? 'vhost-user';
    const root = rootOf(values.root ?? '/');
    if (root !== '/') say(io, `${root} is another tree: no program and no switch is asked`);
    const facts = await readFacts({
      purpose,
      socketDir: folderOf(values['socket-dir'] ?? GUEST_FOLDER),
      switch: controlSocketPath(values['control-socket'], io.env),
      root,
    });
    const found = check(facts, only);
    showFindings(found, purpose, values.json === true, io);
    const { ok, warning, failure } = counts(found);
    say(io, `${ok} ok, ${warning} to look at, ${failure} that must be put right`);
    return failure > 0 ? 1 : 0;
  },
});

const COLORS: Record<Level, number> = { ok: 32, warning: 33, failure: 31 };

/** Prints what was found: a line each, or JSON. */
export function showFindings(
  found: readonly Finding[],
  purpose: Purpose,
  asJson: boolean,
  io: Pick<Io, 'out' | 'color'>,
): void {
  if (!asJson) {
    for (const one of found) io.out(`${lineOf(one, io)}\n`);
    return;
  }
  const findings = found.map(({ check, level, what, evidence, remedy = null }) => {
    return { check, level, what, evidence, remedy };
  });
  printJson(io, { for: purpose, ...counts(found), findings });
}

/** `level: check: what (evidence); remedy` */
function lineOf({ check, level, what, evidence, remedy }: Finding, io: Pick<Io, 'color'>): string {
  const described = visible(what);
  const seen = visible(evidence);
  const word = io.color ? `\u001b[${COLORS[level]}m${level}\u001b[0m` : level;
  return `${word}: ${check}: ${described} (${seen})${remedy ? `; ${visible(remedy)}` : ''}`;
}

function counts(found: readonly Finding[]): Record<Level, number> {
  const of = (level: Level) => found.filter((one) => one.level === level).length;
  return { ok: of('ok'), warning: of('warning'), failure: of('failure') };
}

async function namesOf(given: string | undefined, known: readonly string[]): Promise<string[]> {
  const names = given === undefined ? [] : given.split(',').map((name) => name.trim());
  const wrong = names.find((name) => !known.includes(name));
  if (wrong === undefined) return names;
  const { nearest } = await import('../../../values/nearest.js');
  const near = nearest(wrong, known);
  throw new InvalidInput({
    thing: '--only',
    problem: `no check is called ${shown(wrong)}`,
    remedy: near ? `did you mean ${near}?` : `choose one of ${known.join(', ')}`,
  });
}

function folderOf(given: string): string {
  const path = resolve(given);
  const trouble = pathTrouble(path, FILE_PATH_MAX);
  if (trouble) throw new InvalidInput({ thing: '--socket-dir', ...trouble });
  return path;
}

function rootOf(given: string): string {
  const path = resolve(given);
  let isFolder: boolean;
  try {
    isFolder = statSync(path).isDirectory();
  } catch (error) {
    throw fileTrouble(given, error as NodeJS.ErrnoException);
  }
  if (isFolder) return path;
  throw new InvalidInput({ thing: given, problem: 'is no folder', remedy: 'name a folder' });
}
