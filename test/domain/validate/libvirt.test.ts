import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { validateDomain } from '../../../src/domain/index.js';
import { connect, type Libvirt } from '../../../src/libvirt/index.js';
import { VmlaneError } from '../../../src/values/errors.js';

// libvirt itself is the judge of what it takes: its test driver reads domains as all drivers do.
const FOLDER = join(import.meta.dirname, '../../data/validate');
const texts = readdirSync(FOLDER)
  // What is no UTF-8 is refused before anybody reads it as XML.
  .filter((file) => /^[^.]*\.xml$/.test(file) && !/^encoding-(latin-1|utf-16)\./.test(file))
  .map((file) => [file, readFileSync(join(FOLDER, file), 'utf8')] as const);

let libvirt: Libvirt;
beforeAll(async () => {
  libvirt = await connect('test:///default');
});
afterAll(() => libvirt.close());

test.each(texts)('%s: what libvirt refuses has an error of ours', async (_file, xml) => {
  const refused = await libvirt.define(xml).then(
    () => undefined,
    (error: unknown) => (error instanceof VmlaneError ? error.message : Promise.reject(error)),
  );
  const wrong = validateDomain(xml).some(({ level }) => level === 'error');
  if (refused !== undefined) expect(wrong, refused).toBe(true);
  // There is one test driver for all: what was defined must not be in the way of the next.
  for (const { name } of await libvirt.list()) if (name !== 'test') await libvirt.undefine(name);
});
