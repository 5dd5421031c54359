import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { afterEach, expect, it, vi } from 'vitest';
import { askSchema, askSchemas } from '../../src/system/xmllint.js';
import { SCHEMA } from '../domain/convert/cases.js';
import { inFolder } from '../switch/folder.js';

afterEach(() => void vi.unstubAllEnvs());

const GOOD =
  '<domain type="kvm"><name>web</name><memory>1</memory><os><type>hvm</type></os></domain>';
const BAD = GOOD.replace('<memory>1', '<memory>\n<x/>1');
const BROKEN = '<domain>\n0.xml validates\n</domian>';

/** The real xmllint, which leaves a line for each start in the file. */
async function counted(act: (starts: () => Promise<number>) => Promise<void>): Promise<void> {
  await inFolder(async (folder) => {
    const path = process.env.PATH ?? '';
    const log = join(folder, 'starts');
    await writeFile(log, '');
    await mkdir(join(folder, 'bin'));
    const program = `#!/bin/sh\necho >>'${log}'\nPATH='${path}'\nexec xmllint "$@"\n`;
    await writeFile(join(folder, 'bin/xmllint'), program);
    await chmod(join(folder, 'bin/xmllint'), 0o755);
    vi.stubEnv('PATH', [join(folder, 'bin'), path].join(delimiter));
    await act(async () => (await readFile(log, 'utf8')).length);
  });
}

it('asks about many texts in one process, and tells each as if it were asked alone', () =>
  counted(async (starts) => {
    const texts = [GOOD, BAD, BROKEN, ...Array.from({ length: 61 }, () => GOOD), BAD];
    const answers = await askSchemas(texts, SCHEMA);
    expect(await starts()).toBe(1);
    const alone = [await askSchema(GOOD, SCHEMA), await askSchema(BAD, SCHEMA)];
    expect(alone[0]).toEqual({ errors: [] });
    expect(alone[1]).toMatchObject({
      errors: expect.arrayContaining([expect.objectContaining({ line: 1 })]),
    });
    expect(answers[2]).toEqual(await askSchema(BROKEN, SCHEMA));
    expect(answers[2]).toMatchObject({
      errors: expect.arrayContaining([expect.objectContaining({ element: '' })]),
    });
    expect([answers[0], answers[1], answers[63], answers[64]]).toEqual([...alone, ...alone]);
  }));

it('a schema that cannot be used is found out by two processes, whatever the number of texts', () =>
  counted(async (starts) => {
    const answers = await askSchemas([GOOD, BAD, GOOD], '/nonexistent.rng');
    expect(answers).toEqual(
      [1, 2, 3].map(() => ({ trouble: expect.stringContaining('/nonexis') })),
    );
    expect(await starts()).toBe(2);
  }));

it('where no file can be made it asks one by one', () =>
  counted(async (starts) => {
    vi.stubEnv('TMPDIR', '/nonexistent');
    const [first, second] = await askSchemas([GOOD, BAD], SCHEMA);
    expect([first, second]).toEqual([{ errors: [] }, await askSchema(BAD, SCHEMA)]);
    expect(await starts()).toBe(3);
  }));
