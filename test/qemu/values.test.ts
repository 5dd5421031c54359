import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseJsonObject } from '../../src/qemu/syntax/json.js';
import { splitKeyval } from '../../src/qemu/syntax/keyval.js';
import {
  get,
  type Properties,
  parseProperties,
  render,
  set,
} from '../../src/qemu/syntax/properties.js';
import { parseSize } from '../../src/values/size.js';

const properties = (option: string, value: string) => parseProperties(option, value) as Properties;

describe('key=value', () => {
  test.each([
    ['tap,id=n0', { type: 'tap', id: 'n0' }],
    ['type=tap,id=n0,', { type: 'tap', id: 'n0' }],
    ['tap,ifname=a,,b,id=c,,', { type: 'tap', ifname: 'a,b', id: 'c,' }],
    ['tap,x=1,,,y=2', { type: 'tap', x: '1,', y: '2' }],
    ['a,,b', { type: 'a,b' }],
    ['a,,b=c', { type: 'a,b=c' }],
    ['tap,vhost', { type: 'tap', vhost: 'on' }],
    ['tap,script=', { type: 'tap', script: '' }],
    ['tap,path=/a=b', { type: 'tap', path: '/a=b' }],
    ['', {}],
  ])('%j', (text, expected) => {
    const members = splitKeyval(text, 'type').map(({ key, value }) => [key, value]);
    expect(Object.fromEntries(members)).toEqual(expected);
  });

  test('of a key given twice the last counts, and set leaves one', () => {
    const twice = properties('device', 'virtio-net-pci,csum=on,mac=x,csum=on');
    expect(get(set(twice, 'mac', 'y'), 'csum')).toBe('on');
    expect(render(set(twice, 'csum', false))).toBe('virtio-net-pci,csum=off,mac=x');
  });
});

describe('both syntaxes', () => {
  const texts = fc.string({ unit: 'binary' });

  test('keep the text of what nobody set', () => {
    const lists = fc.array(fc.tuple(fc.stringMatching(/^[a-z]+$/), texts), { minLength: 1 });
    fc.assert(
      fc.property(lists, (list) => {
        const keyval = list.map(([key, value]) => `${key}=${value.replaceAll(',', ',,')}`).join();
        expect(render(properties('netdev', keyval))).toBe(keyval);
        const json = JSON.stringify(Object.fromEntries(list));
        expect(render(properties('netdev', json))).toBe(json);
      }),
    );
  });

  test.each(['tap,a=1', '{"type":"tap","a":1}'])('read back what was set in %s', (start) => {
    fc.assert(
      fc.property(texts, (value) => {
        const changed = set(set(properties('netdev', start), 'type', value), 'b', value);
        // Only a word without "=" can stand for its key.
        fc.pre(changed.syntax === 'json' || !/^[^,]*=/.test(value));
        fc.pre(changed.syntax === 'json' || value !== '');
        const again = properties('netdev', render(changed));
        expect([get(again, 'type'), get(again, 'a'), get(again, 'b')]).toEqual([value, '1', value]);
      }),
    );
  });
});

describe('JSON', () => {
  test('takes and refuses what JSON.parse does, apart from keys given twice', () => {
    const objects = fc.dictionary(fc.string(), fc.jsonValue(), { noNullPrototype: true });
    fc.assert(
      fc.property(
        objects,
        fc.nat(),
        fc.constantFrom('', ',', '}', '"', ' ', '1'),
        (object, at, extra) => {
          const good = JSON.stringify(object);
          const cut = at % (good.length + 1);
          const text = good.slice(0, cut) + extra + good.slice(cut + 1);
          const ours = outcome(() => parseJsonObject(text, '-x').map((one) => one.key));
          const theirs = outcome(() => Object.keys(JSON.parse(text) as object));
          fc.pre(!/given twice/.test(String(ours)) && /^\s*[{]/.test(text));
          // QEMU reads \' in strings, JSON.parse does not.
          fc.pre(!text.includes("\\'"));
          expect(Array.isArray(ours)).toBe(Array.isArray(theirs));
          if (Array.isArray(ours)) expect(ours.sort()).toEqual((theirs as string[]).sort());
        },
      ),
      { numRuns: 1000 },
    );
  });

  test('takes the single quotes that QEMU takes', () => {
    const text = `{'a':'it\\'s "so"','b':"it's"}`;
    expect(parseJsonObject(text, '-x').map((one) => one.value)).toEqual([`it's "so"`, "it's"]);
  });

  test('refuses what would fill the stack', () => {
    expect(() => parseJsonObject(`{"a":${'['.repeat(100_000)}`, '-x')).toThrow(/1024 levels/);
  });

  test('keeps numbers that JavaScript cannot hold', () => {
    const text = '{"size":18446744073709551615,"id":"a"}';
    expect(render(set(properties('object', text), 'id', 'b'))).toBe(text.replace('"a"', '"b"'));
  });
});

test.each([
  ['256', 256 * 1024 ** 2],
  ['262144k', 256 * 1024 ** 2],
  ['1.5G', 1536 * 1024 ** 2],
  ['2T', 2 * 1024 ** 4],
  ['4096B', 4096],
  ['', undefined],
  ['-1', undefined],
  ['2GiB', undefined],
  ['9999999E', undefined],
])('size %j', (text, bytes) => {
  expect(parseSize(text, 'm')).toBe(bytes);
});

function outcome<T>(work: () => T): T | string {
  try {
    return work();
  } catch (error) {
    return String(error);
  }
}
