import { describe, expect, test } from 'vitest';
import { addressList, guardList, guardTrouble } from '../../src/values/guards.js';

describe('addresses, as the switch writes them', () => {
  test.each([
    [['10.0.0.5'], '10.0.0.5'],
    [['10.0.0.12', '10.0.0.5', '9.1.1.1'], '9.1.1.1,10.0.0.5,10.0.0.12'],
    [['10.0.0.5', '10.0.0.5'], '10.0.0.5'],
    [['fd00::5', '10.0.0.5'], '10.0.0.5,fd00::5'],
    [['FD00:0:0::10', 'fd00::9', 'fe80::1'], 'fd00::9,fd00::10,fe80::1'],
    [['2001:db8:0:0:1::5'], '2001:db8::1:0:0:5'],
  ])('%s', (given, written) => {
    expect(addressList(given)).toBe(written);
  });

  test.each([
    ...['', '10.0.0', '010.0.0.5', '0.0.0.0', '127.0.0.1', '224.0.0.1', '255.255.255.255'],
    ...['::', '::1', 'ff02::1', '::ffff:10.0.0.5', 'fe80::1%eth0', 'host', '10.0.0.5 '],
  ])('%j is none', (text) => {
    expect(addressList([text])).toBeUndefined();
  });

  test('no more than 16, and at least one', () => {
    const many = (n: number) => Array.from({ length: n }, (_, i) => `10.0.0.${i}`);
    expect(addressList(many(16))?.split(',')).toHaveLength(16);
    expect(addressList(many(17))).toBeUndefined();
    expect(addressList([])).toBeUndefined();
  });
});

test('guards are in one order', () => {
  expect(guardList(['others', 'arp', 'ipv4', 'arp'])).toBe('ipv4,arp,others');
  expect(guardList([])).toBeUndefined();
  expect(guardList(['arp', 'tcp'])).toBeUndefined();
});

test('an address is learnt only for a guard that asks for it', () => {
  expect(guardTrouble({ guards: 'ipv6', addressLearning: 'dhcp' })?.at).toBe('addressLearning');
  expect(guardTrouble({ addressLearning: 'none' })).toBeUndefined();
  expect(guardTrouble({ guards: 'arp', addressLearning: 'any' })).toBeUndefined();
});
