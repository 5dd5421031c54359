import { mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { INPUT_RULE, RULES } from '../../../src/domain/validate/index.js';
import { vmlane } from '../../cli/test-io.js';
import { makeHost } from './host.js';

// Bad cases: a file, with what is said of it in NAME.err, which `vitest -u` writes.
// NAME.with.xml, if it is there, is given before it.
const FOLDER = join(import.meta.dirname, '../../data/validate');
const files = readdirSync(FOLDER);
const cases = files.filter((file) => /\.(xml|yaml|json)$/.test(file) && !/\.with\./.test(file));

let root: string;
let host: { remove(): void };
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'vl-'));
  host = await makeHost(root);
});
afterAll(() => host.remove());

/** KVM is missing where nothing is. */
function rootOf(file: string): string {
  return file.startsWith('kvm') ? join(root, 'nowhere') : root;
}

async function validate(file: string, ...words: string[]) {
  const name = file.replace(/\.\w+$/, '');
  const given = [`${name}.with.xml`, file].filter((one) => files.includes(one));
  const paths = given.map((one) => join(FOLDER, one));
  return vmlane(['domain', 'validate', ...paths, '--root', rootOf(file), ...words]);
}

describe('bad specs and domains', () => {
  test('there are many', () => expect(cases.length).toBeGreaterThanOrEqual(120));

  test.each(cases)('%s', async (file) => {
    const { status, out, err } = await validate(file);
    const said = err.replace(/^vmlane: not checked against libvirt's schema.*\n/, '');
    const text = `${out}${said}exit ${status}\n`.replaceAll(`${FOLDER}/`, '');
    await expect(text).toMatchFileSnapshot(join(FOLDER, `${file}.err`));
    expect(out, 'one line for each finding').toMatch(
      /^([^\n]+: (error|warning): [^\n]+; [^\n]+\n)+$/,
    );
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not come out
    expect(out).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e]/);
  });

  test('no golden file is left over', () => {
    const known = ['README.md', ...cases].flatMap((file) => [
      file,
      `${file}.err`,
      file.replace('.', '.with.'),
    ]);
    expect(files.filter((file) => !known.includes(file))).toEqual([]);
  });
});

test('every rule is exercised by a case, and JSON tells what the lines tell', async () => {
  const rules = new Set<string>();
  // Rules of our own: libvirt's schema has tests of its own, and takes longer than all else.
  const schema = ['--schema', join(import.meta.dirname, 'anything.rng')];
  for (const file of cases) {
    const { out } = await validate(file, '--json', ...schema);
    for (const finding of JSON.parse(out)) {
      expect(Object.keys(finding)).toEqual(['file', 'level', 'path', 'problem', 'remedy', 'rule']);
      rules.add(finding.rule);
    }
  }
  expect([...rules].sort()).toEqual([INPUT_RULE, ...RULES.map(({ name }) => name)].sort());
});
