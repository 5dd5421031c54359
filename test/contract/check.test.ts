import { describe, expect, test } from 'vitest';
import { answers } from '../../src/contract/answers.js';
import { checked } from '../../src/contract/check.js';
import { camel, kebab } from '../../src/contract/names.js';
import { WrongShape } from '../../src/contract/wrong-shape.js';

const port = {
  ...{ id: 0, name: 'a', path: '/a', listener: 'qemu', vlan: 0, state: 'up', queues: 1 },
  ...{ features: '0x0', lcore: 0 },
};
const ports = (one: object) => checked(answers['port.list'], { ports: [one] }, 'it').ports[0];

describe('an answer', () => {
  test('keeps what the contract has, and nothing else', () => {
    expect(ports({ ...port, tag: 1000, captures: 0, later: 1 })).toEqual({
      ...{ ...port, tag: 1000, captures: 0 },
    });
  });

  test.each([
    [{ ...port, id: '0' }, 'it.ports[0].id is not a whole number'],
    [{ ...port, id: -1 }, 'it.ports[0].id is not a whole number'],
    [{ ...port, id: 2 ** 53 }, 'it.ports[0].id is not a whole number'],
    [{ ...port, name: undefined }, 'it.ports[0].name is not text'],
    [{ ...port, listener: 'guest' }, 'it.ports[0].listener is not qemu or switch'],
    [{ ...port, mac: 7 }, 'it.ports[0].mac is not text'],
    [{ ...port, tag: null }, 'it.ports[0].tag is not a whole number'],
    [7, 'it.ports[0] is not an object'],
    [[], 'it.ports[0] is not an object'],
  ])('that is wrong is told where: %j', (one, message) => {
    expect(() => ports(one as object)).toThrow(new WrongShape(message));
  });
});

describe('an older switch', () => {
  test('has other names for some keys', () => {
    const { listener: _, ...old } = port;
    expect(ports({ ...old, mode: 'client' })?.listener).toBe('qemu');
    expect(ports({ ...old, mode: 'server' })?.listener).toBe('switch');
    const entry = { mac: '52:54:00:00:00:01', vlan: 0, port: 'a', age: 0, fixed: true };
    const fdb = checked(answers['fdb.list'], { entries: [entry], total: 1 }, 'it');
    expect(fdb.entries).toEqual([{ ...entry, pinned: true }]);
  });

  test('is told by the key that it has when a value is none', () => {
    const { listener: _, ...old } = port;
    expect(() => ports({ ...old, mode: 'both' })).toThrow(/listener is not qemu or switch/);
  });
});

test('names', () => {
  expect([kebab('rx_retry_num'), kebab('stats')]).toEqual(['rx-retry-num', 'stats']);
  expect([camel('rx_retry_num'), camel('stats')]).toEqual(['rxRetryNum', 'stats']);
});
