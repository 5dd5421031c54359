import { expect, test } from 'vitest';
import { readOptions } from '../../bench/options.js';
import { peerCommand } from '../../bench/peer.js';

test('defaults, and all that can be said', () => {
  expect(readOptions([])).toMatchObject({ sizes: [64, 1514], rounds: 5, seconds: 4, nice: 0 });
  const usual = readOptions([])?.only;
  expect(usual).toContain('scenarios');
  expect(usual).not.toContain('rfc2544');
  expect(readOptions(['--only', 'ovs,scale', '--sizes=100', '--nice=-20'])).toMatchObject({
    only: ['ovs', 'scale'],
    sizes: [100],
    nice: -20,
  });
  expect(readOptions(['-h'])).toBeUndefined();
});

test('a number below zero is a value, not an option', () => {
  expect(readOptions(['--nice', '-15', '--rounds', '2'])).toMatchObject({ nice: -15, rounds: 2 });
  expect(() => readOptions(['--nice', '-21'])).toThrow("--nice: '-21' is not possible");
  expect(() => readOptions(['--rounds', '-1'])).toThrow("--rounds: '-1' is not possible");
});

test('sizes of RFC 2544, without the FCS; scenarios in their own order', () => {
  expect(readOptions(['--sizes', 'rfc2544'])?.sizes).toEqual([60, 124, 252, 508, 1020, 1276, 1514]);
  expect(readOptions([])?.scenarios).toEqual([
    ...['guest-guest', 'guest-device', 'device-device', 'loopback'],
  ]);
  expect(readOptions(['--scenarios', 'loopback,guest-device'])?.scenarios).toEqual([
    ...['guest-device', 'loopback'],
  ]);
});

test('other builds of the switch', () => {
  const words = ['--only', 'uplink', '--also', 'before=/old/a=b', '--also=v0.1=x'];
  expect(readOptions(words)?.also).toEqual([
    { name: 'before', path: '/old/a=b' },
    { name: 'v0.1', path: 'x' },
  ]);
});

test('any vhost-user switch, by its command; two sockets are its own to place', () => {
  const command = "x=/opt/sw  --a={0},n=1 --b '{1}'";
  expect(readOptions(['--only', 'bare', '--peer', command])?.peers).toEqual([
    { name: 'x', words: ['/opt/sw', '--a={0},n=1', '--b', "'{1}'"] },
  ]);
  expect(peerCommand(['-s{0},{1}', '{0}', '{2}'], ['/a', '/b'])).toEqual(['-s/a,/b', '/a', '{2}']);
});

test.each([
  [
    ['--peer', 'x=/opt/sw {0}'],
    "--peer: 'x=/opt/sw {0}' is not possible; give a name and a command",
  ],
  [['--peer', '/opt/sw {0} {1}'], 'give a name and a command'],
  [['--peer', 'ovs=sw {0} {1}'], 'give a name that nothing else has'],
  [['--also', 'a=x', '--peer', 'a=sw {0} {1}'], 'give a name that nothing else has'],
  [
    ['--only', 'snabb'],
    "--only: 'snabb' is not possible; give some of vhost-switch, policies, captured",
  ],
  [['--sizes', '59'], "--sizes: '59' is not possible; give a whole number from 60 to 1514"],
  [['--sizes', 'rfc2544,64'], "--sizes: 'rfc2544' is not possible"],
  [['--scenarios', 'host'], "--scenarios: 'host' is not possible; give some of guest-guest, guest"],
  [['--rounds', '1.5'], "--rounds: '1.5' is not possible"],
  [['--seconds', '0'], "--seconds: '0' is not possible"],
  [
    ['--also', '/old/vhost-switch'],
    "--also: '/old/vhost-switch' is not possible; give a name and a program",
  ],
  [['--also', 'a='], "--also: 'a=' is not possible"],
  [['--also', 'bare=x'], "--also: 'bare=x' is not possible; give a name that nothing else has"],
  [['--also', 'a=x', '--also', 'a=y'], "--also: 'a=y' is not possible; give a name that nothing"],
  [
    ['--only', 'bare', '--also', 'a=x'],
    "--also: 'a=x' is not possible; give one of vhost-switch, large, uplink",
  ],
  [['--what'], "bench: Unknown option '--what'"],
  [['64'], "bench: Unexpected argument '64'"],
])('%j is refused', (words, message) => expect(() => readOptions(words)).toThrow(message));
