import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { switchArguments } from '../../src/switch/launch.js';
import {
  pciAddress,
  pciAddressOf,
  pciAttributes,
  pciParts,
  pciText,
} from '../../src/values/pci.js';

// As it is given; as sysfs writes it.
const ADDRESSES = [
  ['0000:3b:02.1', '0000:3b:02.1'],
  ['3b:02.1', '0000:3b:02.1'],
  ['000A:3B:1F.7', '000a:3b:1f.7'],
  ['0000:3b:20.0', undefined],
  ['0000:3b:02.8', undefined],
  ['0000:3b:02', undefined],
  ['000:3b:02.1', undefined],
  ['0000:3b:02.1 ', undefined],
  ['3b:2.1', undefined],
  ['', undefined],
] as const;

test.each(ADDRESSES)('%j is %j', (given, address) => expect(pciAddress(given)).toBe(address));

describe('every door has the same answer', () => {
  const plan = {
    ...{ binary: '', controlSocket: '/s', logFile: '', hugePages: false, cpus: [0] },
    memoryMiB: 1,
  };
  test.each(ADDRESSES)('the uplink %j', (given, address) => {
    const args = () => switchArguments(plan, { uplink: given });
    if (address === undefined) expect(args).toThrow('neither a PCI address nor a DPDK device');
    else expect(args()).toEqual(expect.arrayContaining(['-a', address]));
  });
});

test('parts, attributes of libvirt and text are the same address', () => {
  const part = (most: number) => fc.integer({ min: 0, max: most });
  const parts = fc.record({
    domain: part(0xffff),
    bus: part(0xff),
    slot: part(0x1f),
    function: part(7),
  });
  fc.assert(
    fc.property(parts, (given) => {
      const text = pciText(given);
      expect(pciAddress(text)).toBe(text);
      expect(pciParts(text)).toEqual(given);
      const attributes: Record<string, string> = pciAttributes(text);
      expect(pciAddressOf((name) => attributes[name])).toBe(text);
    }),
  );
});

// Attributes of <address>; the address.
test.each([
  [{ bus: '0x3b', slot: '2', function: '1' }, '0000:3b:02.1'],
  [{ domain: '0x10000', bus: '0', slot: '0', function: '0' }, undefined],
  [{ domain: '0', bus: '256', slot: '0', function: '0' }, undefined],
  [{ bus: '0', slot: '0x20', function: '0' }, undefined],
  [{ bus: '0', slot: '0', function: '8' }, undefined],
  [{ bus: '1', slot: '2' }, '0000:01:02.0'],
  [{ slot: '3' }, '0000:00:03.0'],
  [{}, undefined],
  [{ bus: '', slot: '0', function: '0' }, undefined],
])('%j is %j', (attributes: Record<string, string>, address) =>
  expect(pciAddressOf((name) => attributes[name])).toBe(address),
);
