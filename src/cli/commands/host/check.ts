import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { shown } from '../../../domain/validate/finding.js';
import { controlSocketPath } from '../../../switch/paths.js';
import { fileTrouble } from '../../../system/input.js';
import { InvalidInput } from '../../../values/errors.js';
import { FILE_PATH_MAX, GUEST_FOLDER, pathTrouble } from '../../../values/socket-path.js';
import { command } from '../../command.js';
import { conclude, showFindings } from '../../findings.js';
import { say } from '../../io.js';
import { choice, json, text } from '../../options.js';
import { controlSocket } from '../switch/client.js';

/** `vmlane host check` */
export const hostCheck = command({
  path: ['host', 'check'],
  summary: 'Check that this host has what guests need; changes nothing',
  positionals: {},
  options: {
    for: choice(
      'for',
      ['vhost-user', 'sriov', 'migration'],
      'What guests will use, or migration: do, from and to another host [default: vhost-user]',
    ),
    to: text('to', 'With --for migration: that host, as ssh reaches it, whose vmlane is asked'),
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
    [
      'host check --for migration --to root@hostb',
      'what the two hosts must have in common for guests to move',
    ],
    ['host check --only pages,sockets --json', 'two of the checks, for a program'],
  ],
  manual: async () => (await import('./check-manual.js')).manual,
  async run(values, io) {
    if (values.for === 'migration')
      return (await import('./check-migration.js')).checkMigration(values, io);
    if (values.to !== undefined) {
      const problem = 'it is for migrations';
      throw new InvalidInput({ thing: '--to', problem, remedy: 'add --for migration' });
    }
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
    return conclude(found, io);
  },
});

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
