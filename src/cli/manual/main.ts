/**
 * Writes the pages of the manual: `main.js FOLDER SWITCH`, called by setup/manuals, where SWITCH is the program
 * vhost-switch, whose help is asked for.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../switch/paths.js';
import { allGroups } from '../commands/index.js';
import { fileOf, pagesOf, roff } from './index.js';

const [, , folder = '', program = ''] = process.argv;
const root = packageRoot();
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
// Builds that are to be the same each time say when.
const seconds = Number(process.env.SOURCE_DATE_EPOCH || Date.now() / 1000);
const date = new Date(seconds * 1000).toISOString().slice(0, 10);
const pages = await pagesOf(await allGroups(), {
  switchHelp: execFileSync(program, ['--help'], { encoding: 'utf8' }),
  wrapReadme: readFileSync(join(root, 'wrapper/README.md'), 'utf8'),
});
mkdirSync(folder, { recursive: true });
for (const page of pages) writeFileSync(join(folder, fileOf(page)), roff(page, { version, date }));
