import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { allGroups } from '../../../src/cli/commands/index.js';
import { showFindings } from '../../../src/cli/findings.js';
import { select } from '../../../src/cli/parser.js';
import { CHECKS, check, type Finding } from '../../../src/host/check/index.js';
import { FOLDER, factsOf } from './host.js';

const groups = await allGroups();

// What is said of NAME.host stands in NAME.txt and NAME.json, which `vitest -u` writes.
const names = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.host'))
  .map((file) => file.replace(/\.host$/, ''));

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'vl-'));
});
afterEach(() => rmSync(root, { recursive: true }));

const all: Finding[] = [];

function print(
  found: readonly Finding[],
  purpose: 'sriov' | 'vhost-user',
  asJson: boolean,
): string {
  let printed = '';
  const out = (text: string) => {
    printed += text;
  };
  showFindings(found, purpose, asJson, { out, color: false });
  return printed;
}

test.each(names)('%s', async (name) => {
  const facts = await factsOf(name, root);
  const found = check(facts);
  all.push(...found);
  for (const one of found) expect(one.remedy === undefined).toBe(one.level === 'ok');
  const text = print(found, facts.purpose, false);
  expect(text).not.toContain(root);
  expect(text.split('\n')).toHaveLength(found.length + 1);
  await expect(text).toMatchFileSnapshot(join(FOLDER, `${name}.txt`));
  const asJson = print(found, facts.purpose, true);
  await expect(asJson).toMatchFileSnapshot(join(FOLDER, `${name}.json`));
});

test('a good server has nothing wrong, for switch and VFs', async () => {
  for (const name of ['server', 'server-sriov']) {
    const facts = await factsOf(name, mkdtempSync(join(root, 'a')));
    expect(check(facts).filter(({ level }) => level !== 'ok')).toEqual([]);
  }
});

test('the commands in remedies are there', () => {
  const named = all.flatMap(({ remedy = '' }) => [...remedy.matchAll(/vmlane (\w+) ([\w-]+)/g)]);
  expect(named.length).toBeGreaterThan(10);
  for (const [, group = '', name = ''] of named) {
    expect(select([group, name, '--help'], groups)).toMatchObject({
      text: expect.stringMatching(name),
    });
  }
});

test('every check was seen in each of its levels, and in no other', () => {
  const seen = (name: string) =>
    new Set(all.filter((one) => one.check === name).map((one) => one.level));
  for (const { name, levels } of CHECKS) {
    expect([name, [...seen(name)].sort()]).toEqual([name, [...levels].sort()]);
  }
});

test('a name of a fact means one reader, which reads once', async () => {
  const readers = new Map<string, unknown>();
  for (const { reads } of CHECKS) {
    for (const [name, read] of Object.entries(reads)) {
      expect([name, readers.get(name) ?? read]).toEqual([name, read]);
      readers.set(name, read);
    }
  }
  const asked: string[] = [];
  await factsOf('server', root, (line) => asked.push(line));
  expect(asked).toContain('dmesg');
  expect(asked.filter((line, i) => asked.indexOf(line) !== i)).toEqual([]);
});
