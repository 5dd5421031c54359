/** Files of the host that hold what nobody expects: a check says something, and does not end. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { check, readFacts } from '../../../src/host/check/index.js';
import { factsOf } from './host.js';

let root: string;
let files: string[];
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'vl-'));
  await factsOf('server', root);
  const all = readdirSync(root, { recursive: true, withFileTypes: true });
  files = all.filter((one) => one.isFile()).map((one) => join(one.parentPath, one.name));
});
afterAll(() => rmSync(root, { recursive: true }));

test.each([
  ['nothing', () => ''],
  ['other bytes', () => Buffer.from([0, 0xff, 0x1b, 10, 0x85, 0])],
  ['a long line', () => 'x'.repeat(1024 ** 2)],
  ['large numbers', (text: string) => text.replace(/\d+/g, '99999999999999999999')],
  ['negative numbers', (text: string) => text.replace(/\d+/g, '-7')],
  ['its lines backwards', (text: string) => text.split('\n').reverse().join('\n')],
  ['its first half', (text: string) => text.slice(0, text.length / 2)],
])('%s', async (_name, damage) => {
  expect(files.length).toBeGreaterThan(40);
  const ask = async () => ({ text: damage('QEMU emulator version 8.2.2\n').toString() });
  for (const file of files) {
    const before = readFileSync(file);
    writeFileSync(file, damage(before.toString()));
    for (const purpose of ['vhost-user', 'sriov'] as const) {
      const look = { purpose, socketDir: '/run/vmlane/guests', switch: '/nowhere', root };
      expect(check(await readFacts(look, ask)).length).toBeGreaterThan(10);
    }
    writeFileSync(file, before);
  }
});
