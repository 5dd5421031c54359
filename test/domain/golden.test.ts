import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openDomain } from '../../src/domain/domain.js';
import { connect, type Libvirt } from '../../src/libvirt/index.js';
import { cases, FOLDER, files, outcome } from './cases.js';

const SCHEMA = '/usr/share/libvirt/schemas/domain.rng';
const run = promisify(execFile);

test.each(cases)('%s comes out as recorded', async (name) => {
  const { file, text } = outcome(name);
  await expect(text).toMatchFileSnapshot(join(FOLDER, file));
});

test('no golden file is left over', () => {
  const known = cases.flatMap((name) => [`${name}.yaml`, outcome(name).file]);
  expect(files.filter((file) => !known.includes(file))).toEqual([]);
});

describe('XML that libvirt takes', () => {
  const good = cases.map((name) => outcome(name).file).filter((file) => file.endsWith('.xml'));
  let libvirt: Libvirt;
  beforeAll(async () => {
    libvirt = await connect('test:///default');
  });
  afterAll(() => libvirt.close());

  test('there are cases', () => expect(good.length).toBeGreaterThan(4));

  test.each(good)('%s passes the RNG schema', async (file) => {
    await run('xmllint', ['--noout', '--relaxng', SCHEMA, join(FOLDER, file)]);
  });

  test.each(good)('%s is defined by libvirt, twice, and comes back the same', async (file) => {
    const xml = readFileSync(join(FOLDER, file), 'utf8');
    const name = openDomain(xml).name;
    await libvirt.define(xml);
    const first = await libvirt.xml(name);
    await libvirt.define(xml);
    expect(await libvirt.xml(name)).toBe(first);
    expect(openDomain(first).name).toBe(name);
    expect(openDomain(first).vhostUserInterfaces).toEqual(openDomain(xml).vhostUserInterfaces);
    await libvirt.undefine(name);
  });
});
