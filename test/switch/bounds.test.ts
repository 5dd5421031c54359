/** A bound has one author: what spec, metadata and command line take, the switch takes, and no more. */
import { describe, expect, it } from 'vitest';
import { numberOptions, portOptions } from '../../src/cli/commands/switch/settings.js';
import { PORT_SETTINGS, SWITCH_SETTINGS } from '../../src/contract/bounds.js';
import { kebab } from '../../src/contract/names.js';
import type { Results } from '../../src/contract/types.js';
import { generateDomain, openDomain, validateDomain } from '../../src/domain/index.js';
import { parseSpec } from '../../src/spec/index.js';
import { SwitchClient } from '../../src/switch/index.js';
import { converse } from './converse.js';
import { withRealSwitch } from './real-switch.js';

const numbers = (settings: object) =>
  Object.entries(settings).filter(([, about]) => 'min' in about) as [
    string,
    { min: number; max: number },
  ][];

/** What a spec calls settings that it has, too. */
const IN_SPEC = { vlan: 'vlan', address_limit: 'addressLimit', flood_limit: 'floodLimit' } as const;

function guestWith(key: string, value: number) {
  const text = `{name: a, memory: 1GiB, vcpus: 1, boot: {kernel: /boot/linux}, interfaces: [{type: vhost-user, ${key}: ${value}}]}`;
  return parseSpec(text, 'a.yaml');
}

const inSpec = numbers(PORT_SETTINGS).filter(([key]) => key in IN_SPEC);

describe.each(inSpec)('a port and its %s', (key, { min, max }) => {
  const name = IN_SPEC[key as keyof typeof IN_SPEC];

  it('the spec takes the most, and it reaches the switch', () =>
    withRealSwitch(async ({ socket, folder }) => {
      const { xml } = generateDomain(guestWith(name, max));
      const [request] = openDomain(xml).portRequests();
      expect(request).toMatchObject({ [key]: max });
      const client = await SwitchClient.connect(socket);
      try {
        const asked = { ...request, name: 'a', path: `${folder}/a.sock` };
        expect((await client.addPort(asked)).port).toMatchObject({ [key]: max });
        expect((await client.setPort({ name: 'a', [key]: min })).port).toMatchObject({
          [key]: min,
        });
        for (const value of [min - 1, max + 1]) {
          await expect(client.setPort({ name: 'a', [key]: value })).rejects.toThrow(
            `${key}: ${value} is not possible; give an integer from ${min} to ${max}`,
          );
        }
      } finally {
        client.close();
      }
    }));

  it('one more is refused by the spec, by metadata, by validate and by the command line', () => {
    expect(() => guestWith(name, max + 1)).toThrow(`1 to ${max}`);
    const { xml } = generateDomain(guestWith(name, max));
    const option = kebab(key);
    const more = xml.replace(`${option}="${max}"`, `${option}="${max + 1}"`);
    expect(more).not.toBe(xml);
    expect(() => openDomain(more).portRequests()).toThrow(
      `${option} is "${max + 1}", not 1 to ${max}`,
    );
    expect(validateDomain(more).map(({ remedy }) => remedy)).toContain(`give 1 to ${max}`);
    const { coerce } = portOptions[option as 'vlan'];
    expect(coerce(String(max))).toBe(max);
    expect(() => coerce(String(max + 1))).toThrow(`from ${min} to ${max}`);
  });
});

it('the switch and its command line have the same settings, bounds and defaults', () =>
  withRealSwitch(async ({ socket }) => {
    const client = await SwitchClient.connect(socket);
    try {
      const { settings } = await client.info();
      expect(Object.keys(settings).sort()).toEqual(Object.keys(SWITCH_SETTINGS).sort());
      for (const [key, { min, max }] of numbers(SWITCH_SETTINGS)) {
        for (const value of [min, max]) {
          expect((await client.set({ [key]: value })).settings).toMatchObject({ [key]: value });
        }
        for (const value of [min - 1, max + 1]) {
          await expect(client.set({ [key]: value })).rejects.toThrow(`from ${min} to ${max}`);
        }
        const options = numberOptions(SWITCH_SETTINGS) as Record<
          string,
          { coerce(value: unknown): number }
        >;
        expect(() => options[kebab(key)]?.coerce(String(max + 1))).toThrow(`from ${min} to ${max}`);
      }
    } finally {
      client.close();
    }
  }));

it('no key that the switch answers is lost on the way', () =>
  withRealSwitch(async ({ socket, folder }) => {
    const client = await SwitchClient.connect(socket);
    try {
      const mac = '52:54:00:00:00:0a';
      await client.addPort({ name: 'a', path: `${folder}/a.sock`, mac });
      const seen: Partial<Results> = {
        'port.list': { ports: await client.ports() },
        'fdb.list': await client.fdb(),
        'switch.info': await client.info(),
        'stats.get': await client.stats(),
        'method.list': { methods: await client.methods() },
      };
      expect(seen['fdb.list']?.entries).toMatchObject([{ mac, pinned: true }]);
      for (const [method, answer] of Object.entries(seen)) {
        expect([method, keysOf(answer)]).toEqual([method, keysOf(await raw(socket, method))]);
      }
    } finally {
      client.close();
    }
  }));

/** The result of a method without parameters, as it comes. */
async function raw(socket: string, method: string): Promise<unknown> {
  const request = JSON.stringify({ jsonrpc: '2.0', id: 1, method });
  const [answer] = await converse(socket, [request]);
  return (answer as { result: unknown }).result;
}

/** Keys of a value and of those within it, sorted; counters may differ. */
function keysOf(value: unknown, at = ''): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value)
    .flatMap(([key, one]) => [`${at}.${key}`, ...keysOf(one, `${at}.${key}`)])
    .sort();
}
