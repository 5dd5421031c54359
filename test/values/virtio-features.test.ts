import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  featureMask,
  featureNames,
  lackingFeatures,
  OPTIONAL_FEATURES,
} from '../../src/values/virtio-features.js';

test('a mask and its names', () => {
  expect(featureNames('0x170200000')).toEqual([
    ...['guest_announce', 'indirect_desc', 'event_idx', 'protocol_features', 'version_1'],
  ]);
  expect(featureNames('0x10000000000000')).toEqual(['bit 52']);
  expect(featureNames('0x0')).toEqual([]);
  expect(featureMask('packed,in_order', 'x')).toBe('0xc00000000');
});

test('every optional one there and back', () => {
  for (const name of OPTIONAL_FEATURES)
    expect(featureNames(featureMask(name, 'x'))).toEqual([name]);
});

test("the bits are those of Linux' headers", () => {
  const header = ['virtio_net.h', 'virtio_config.h', 'virtio_ring.h']
    .map((name) => readFileSync(`/usr/include/linux/${name}`, 'utf8'))
    .join('\n');
  const found = [...header.matchAll(/#define VIRTIO_(?:NET_|RING_)?F_(\w+)\s+(\d+)/g)];
  const bits = new Map(found.map(([, name = '', bit]) => [name.toLowerCase(), Number(bit)]));
  const known = ['csum', 'guest_csum', 'mrg_rxbuf', 'ctrl_vq', 'mq', 'indirect_desc', 'event_idx'];
  for (const name of [...known, 'rss', 'in_order', 'guest_announce', 'host_tso4', 'guest_tso6'])
    expect(featureMask(name, 'x'), name).toBe(
      `0x${(1n << BigInt(bits.get(name) ?? -1)).toString(16)}`,
    );
});

test('what one has and the other lacks', () => {
  expect(lackingFeatures('0x170200000', '0x150200000')).toEqual(['event_idx']);
  expect(lackingFeatures('0x1', '0xffffffffffffffff')).toEqual([]);
});

describe('a list that cannot be', () => {
  test.each([
    ['', /'' is no feature/],
    ['packet', /'packet' is no feature/],
    ['packed,', /'' is no feature/],
    ['PACKED', /'PACKED' is no feature/],
    ['log_all', /no guest can do without log_all/],
    ['version_1', /no guest can do without version_1/],
    ['protocol_features,packed', /no guest can do without protocol_features/],
    ['__proto__', /'__proto__' is no feature/],
    ['toString', /'toString' is no feature/],
  ])('%j', (word, problem) => {
    expect(() => featureMask(word, '--features-off')).toThrow(problem);
  });
});
