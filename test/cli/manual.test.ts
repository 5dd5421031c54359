/** Pages of the manual: one for each command, group, topic and program; what help says, and roff without a flaw. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import { allGroups } from '../../src/cli/commands/index.js';
import { EXIT_CODES } from '../../src/cli/manual/facts.js';
import { fileOf, type Page, pagesOf, roff } from '../../src/cli/manual/index.js';
import { partsOfHelp, rowsOf } from '../../src/cli/manual/program-pages.js';
import { topics } from '../../src/cli/topics/index.js';
import { packageRoot } from '../../src/switch/paths.js';
import { inFolder } from '../switch/folder.js';
import { builtProgram } from '../switch/real-switch.js';
import { vmlane } from './test-io.js';

const root = packageRoot();
const groups = await allGroups();
const commands = groups.flatMap((group) => group.commands);
const switchHelp = (await execa(builtProgram('vhost-switch'), ['--help'])).stdout;
const wrapReadme = readFileSync(join(root, 'wrapper/README.md'), 'utf8');
const pages = await pagesOf(groups, { switchHelp, wrapReadme });
const EDITION = { version: '0.1.0', date: '2026-11-30' };

/** What `mandoc` prints for a page, without what it does for a terminal. */
async function shown(page: Page, ...options: string[]): Promise<string> {
  const input = roff(page, EDITION);
  const ran = await execa('mandoc', ['-O', 'width=1000', ...options], { input, reject: false });
  // Bold is a letter over itself.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what mandoc prints.
  return `${ran.stdout}${ran.stderr}`.replace(/.\u0008/gu, '');
}

test('each command, group, topic and program has one', () => {
  const names = pages.map(fileOf);
  expect(new Set(names).size).toBe(names.length);
  expect(names.sort()).toEqual(
    [
      ...['vmlane.1', 'vhost-switch.1', 'qemu-wrap.1'],
      ...groups.map(({ name }) => `vmlane-${name}.1`),
      ...commands.map(({ path }) => `vmlane-${path.join('-')}.1`),
      ...topics.map(({ name }) => `vmlane-${name}.7`),
    ].sort(),
  );
});

test('mandoc has nothing to say about any, and they are the same in each build', () =>
  inFolder(async (folder) => {
    const main = join(root, 'dist/src/cli/manual/main.js');
    const made = async (name: string) => {
      const into = join(folder, name);
      const env = { SOURCE_DATE_EPOCH: '1796000000' };
      await execa(process.execPath, [main, into, builtProgram('vhost-switch')], { env });
      return into;
    };
    const [one, other] = [await made('one'), await made('other')];
    const files = readdirSync(one);
    expect(files.sort()).toEqual(pages.map(fileOf).sort());
    for (const file of files) {
      expect(readFileSync(join(one, file), 'utf8')).toBe(readFileSync(join(other, file), 'utf8'));
    }
    const paths = files.map((file) => join(one, file));
    const lint = await execa('mandoc', ['-T', 'lint', '-W', 'warning', ...paths], {
      reject: false,
      all: true,
    });
    expect(lint).toMatchObject({ exitCode: 0, all: '' });
    // It would say if something were wrong.
    writeFileSync(join(one, 'bad.1'), '.TH BAD 1 2026-11-30\n.SH NAME\nbad\n.nonsense\n');
    const bad = ['-T', 'lint', '-W', 'warning', join(one, 'bad.1')];
    expect((await execa('mandoc', bad, { reject: false })).exitCode).not.toBe(0);
  }));

describe('the page of a command', () => {
  const OPTION = /^ +(?:-\w, )?--([a-z][\w-]*)/gm;
  test.each(commands.map((one) => [one.path.join(' '), one] as const))(
    '%s has the options that help has, and its examples',
    async (_name, { path, examples }) => {
      const page = pages.find(({ name }) => name === `vmlane-${path.join('-')}`);
      if (!page) throw new Error('no page');
      const text = await shown(page);
      const [, options = ''] = /\nOPTIONS\n(.*?)\n[A-Z]/s.exec(text) ?? [];
      const { out } = await vmlane([...path, '--help']);
      const [, helped = ''] = /\nOptions:\n(.*?)\n\n/s.exec(out) ?? [];
      const named = (from: string) => [...from.matchAll(OPTION)].map(([, one]) => one).sort();
      expect(named(options)).toEqual(named(helped));
      for (const [line] of examples) expect(text).toContain(` vmlane ${line}\n`);
      expect(text).toContain(`\n       ${out.split('\n')[0]}\n`);
    },
  );

  test('has what its definition says at length', async () => {
    for (const { path, manual } of commands.filter((one) => one.manual)) {
      const page = pages.find(({ name }) => name === `vmlane-${path.join('-')}`);
      const [first = ''] = ((await manual?.()) ?? '').trim().split(/\n\n/);
      // It parts sentences by two blanks where a line of the source ends.
      const text = page && (await shown(page)).replace(/(\S) {2}(?=\S)/g, '$1 ');
      expect(text).toContain(first.replaceAll('\n', ' '));
    }
  });
});

test('pages refer to pages that there are', () => {
  const there = new Set(pages.map(({ name, section }) => `${name}(${section})`));
  const named = JSON.stringify(pages).matchAll(/\b(?:vmlane|vhost-switch|qemu-wrap)[\w-]*\(\d\)/g);
  const all = [...named].map(([name]) => name);
  expect(all.length).toBeGreaterThan(200);
  expect(all.filter((name) => !there.has(name))).toEqual([]);
});

test('the page of vhost-switch has all of its options', async () => {
  const page = pages.find(({ name }) => name === 'vhost-switch');
  const text = page && (await shown(page));
  const options = switchHelp.split('\n').flatMap((line) => /^ {2}(-\S+)/.exec(line)?.[1] ?? []);
  expect(options.length).toBeGreaterThan(40);
  for (const option of options) expect(text).toContain(`\n       ${option.replace(/,$/, '')}`);
  expect(() => partsOfHelp('Usage: x\ny\n\n  nonsense\n\nz')).toThrow('is no option');
});

test('the page of qemu-wrap has all settings of the README', async () => {
  const page = pages.find(({ name }) => name === 'qemu-wrap');
  const text = page && (await shown(page));
  for (const [key, usual] of rowsOf(wrapReadme, 'key')) {
    expect(text).toContain(`\n       ${key}`);
    if (usual) expect(text).toContain(`[default: ${usual}]`);
  }
  expect(() => rowsOf(wrapReadme, 'nonsense')).toThrow('no table');
});

test('exit codes are those of the README', () => {
  const rows = rowsOf(readFileSync(join(root, 'README.md'), 'utf8'), 'code');
  expect(rows.map((row) => row.slice(0, 2))).toEqual(EXIT_CODES);
});

test.each([
  ['.SH is no request at the beginning'],
  ["'br neither"],
  ['a \\backslash, \\fBno bold\\fP, and \\ at its end \\'],
  ['`--option` is -, "quoted", it\'s ~ and ^'],
  ['a … and ü'],
  ['words .dot at a line that is broken '.repeat(9).trim()],
])('text stays itself: %s', async (text) => {
  const page: Page = {
    ...{ name: 'x-y', section: 1, summary: text },
    parts: [
      {
        heading: 'TEXT',
        body: [
          { kind: 'paragraph', text },
          { kind: 'literal', lines: [text] },
          { kind: 'list', items: [{ term: text, text }, { text }] },
          { kind: 'options', items: [{ flags: '--x', text }] },
        ],
      },
    ],
  };
  const seen = await shown(page, '-T', 'utf8');
  expect(seen.split(text).length - 1).toBe(7);
});
