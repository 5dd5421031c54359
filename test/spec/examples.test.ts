import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, test } from 'vitest';
import { parseSpec } from '../../src/spec/index.js';

const FOLDER = join(import.meta.dirname, '../../templates/examples');
const examples = readdirSync(FOLDER).filter((file) => file.endsWith('.yaml'));

test('there are examples', () => expect(examples).toContain('server.yaml'));

test.each(examples)('%s is a good spec with a fast network card', (file) => {
  const text = readFileSync(join(FOLDER, file), 'utf8');
  const guest = parseSpec(text, basename(file));
  expect(guest.interfaces.map((nic) => nic.type)).toContain('vhost-user');
  expect(guest.memory.shared).toBe(true);
  expect(text).toMatch(/^# /);
});
