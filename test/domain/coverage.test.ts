import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { DEVICES, DOMAIN } from '../../src/domain/build/elements.js';
import { NEWEST } from '../../src/domain/build/target.js';
import { identitiesByName, parseSpec, specJsonSchema } from '../../src/spec/index.js';
import { cases, host, outcome, specText } from './cases.js';

const guestOf = (name: string) => parseSpec(specText(name), name, identitiesByName, host);
const good = cases.filter((name) => outcome(name).file.endsWith('.xml'));

test('the goldens use every field of the spec, every choice and every kind of value', () => {
  const used = new Set(good.flatMap((name) => [...usedIn(parse(specText(name)), '')]).map(shared));
  const offered = [...offeredBy(specJsonSchema(), '')].map(shared);
  const missing = offered.filter((feature) => !used.has(feature));
  expect(missing).toEqual([]);
});

test.each([...DOMAIN, ...DEVICES])(
  'the goldens exercise the builder of $name',
  ({ name, build }) => {
    const outputs = good.map((one) => build(guestOf(one), NEWEST));
    expect(outputs.some((elements) => elements.length > 0)).toBe(true);
    const different = new Set(outputs.map((elements) => JSON.stringify(elements)));
    if (!CONSTANT.has(name)) expect(different.size).toBeGreaterThan(1);
    else expect(different.size).toBe(1);
  },
);

// What is the same in every domain.
const CONSTANT = new Set(['pm', 'rng']);

test('every builder in devices/ is in the list', async () => {
  const folder = join(import.meta.dirname, '../../src/domain/build/devices');
  for (const file of readdirSync(folder)) {
    const exported: Record<string, unknown> = await import(join(folder, file));
    for (const [name, builder] of Object.entries(exported)) {
      expect(
        DEVICES.some(({ build }) => build === builder),
        `${file}: ${name}`,
      ).toBe(true);
    }
  }
});

/** What all virtio NICs have, and all VFs, is built in one place each. */
function shared(feature: string): string {
  return feature
    .replace(
      /<(vhost-user|relay|bridge|network)>\.(?!type|relay|socket|listener|reconnect|vlan)/,
      '<virtio>.',
    )
    .replace(/<(vf|vf-pool)>\.(?=mac|team|vlan)/, '<vf>.');
}

interface Schema {
  properties?: Record<string, Schema>;
  items?: Schema;
  anyOf?: Schema[];
  oneOf?: Schema[];
  enum?: unknown[];
  const?: unknown;
  type?: string;
}

/** `interfaces[]`, `interfaces[].<bridge>.bridge`, `interfaces[].<vhost-user>.listener=switch`, `memory:string`, … */
function* offeredBy(schema: Schema, at: string): Generator<string> {
  for (const one of schema.anyOf ?? []) {
    if (one.type !== undefined) yield `${at}:${one.type === 'integer' ? 'number' : one.type}`;
    yield* offeredBy(one, at);
  }
  for (const one of schema.oneOf ?? []) {
    yield* offeredBy(one, `${at}.<${String(one.properties?.type?.const)}>`);
  }
  for (const [key, value] of Object.entries(schema.properties ?? {})) {
    yield `${at}.${key}`;
    yield* offeredBy(value, `${at}.${key}`);
  }
  if (schema.items !== undefined) yield* offeredBy(schema.items, `${at}[]`);
  const choices = schema.enum ?? (schema.const === undefined ? [] : [schema.const]);
  for (const choice of schema.type === 'boolean' && choices.length === 0 ? [true] : choices) {
    yield `${at}=${String(choice)}`;
  }
}

function* usedIn(value: unknown, at: string): Generator<string> {
  if (Array.isArray(value)) {
    yield `${at}:array`;
    for (const one of value) yield* usedIn(one, `${at}[]`);
  } else if (typeof value === 'object' && value !== null) {
    yield `${at}:object`;
    const inner = 'type' in value ? `${at}.<${String(value.type)}>` : at;
    for (const [key, one] of Object.entries(value)) {
      yield `${inner}.${key}`;
      yield* usedIn(one, `${inner}.${key}`);
    }
  } else {
    yield `${at}:${typeof value}`;
    yield `${at}=${String(value)}`;
  }
}
