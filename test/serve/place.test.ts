import { describe, expect, test } from 'vitest';
import { WANTED } from '../../src/metrics/listen.js';
import { mustBeGuarded, placeOf } from '../../src/serve/place.js';

describe('where to listen', () => {
  test.each([
    ['127.0.0.1:19797', { kind: 'tcp', address: '127.0.0.1', port: 19797, isLoopback: true }],
    ['127.8.9.10:0', { kind: 'tcp', address: '127.8.9.10', port: 0, isLoopback: true }],
    ['[::1]:80', { kind: 'tcp', address: '::1', port: 80, isLoopback: true }],
    ['[::]:65535', { kind: 'tcp', address: '::', port: 65535, isLoopback: false }],
    ['0.0.0.0:9', { kind: 'tcp', address: '0.0.0.0', port: 9, isLoopback: false }],
    ['unix:/run/x.sock', { kind: 'unix', path: '/run/x.sock' }],
  ])('%s', (given, place) => expect(placeOf(given, WANTED)).toEqual(place));

  test.each([
    ['', 'is not an address and a port'],
    [':9100', '"" is not an IP address'],
    ['9100', 'is not an address and a port'],
    ['localhost:9100', '"localhost" is not an IP address'],
    ['127.1:9100', '"127.1" is not an IP address'],
    ['::1:9100', 'is not an address and a port'],
    ['[127.0.0.1]:9100', '"127.0.0.1" is not an IP address'],
    ['127.0.0.1:65536', 'there is no port 65536'],
    ['127.0.0.1:-1', 'is not an address and a port'],
    ['127.0.0.1:80x', 'is not an address and a port'],
    ['127.0.0.1:', 'is not an address and a port'],
    ['http://127.0.0.1:80', 'is not an address and a port'],
    ['unix:', 'the path of the socket '],
    ['unix:x.sock', 'the path of the socket '],
    ['unix:/run/../x.sock', 'the path of the socket "/run/../x.sock" is not normalised'],
    ['unix:/run/x\ny', 'the path of the socket holds a control character'],
    [`unix:/${'x'.repeat(108)}`, 'the path of the socket is 109 bytes long'],
  ])('not %j', (given, problem) => expect(() => placeOf(given, WANTED)).toThrow(problem));

  test.each(['0.0.0.0:19797', '[::]:19797', '192.0.2.1:1', '[::ffff:192.0.2.1]:1'])(
    '%s: only with a token',
    (given) => {
      expect(() => mustBeGuarded(placeOf(given, WANTED), false, WANTED)).toThrow(
        'add --token-file FILE',
      );
      expect(() => mustBeGuarded(placeOf(given, WANTED), true, WANTED)).not.toThrow();
    },
  );
  test.each(['127.0.0.1:1', '[::1]:1', 'unix:/run/x'])('%s: without one, too', (given) =>
    expect(() => mustBeGuarded(placeOf(given, WANTED), false, WANTED)).not.toThrow(),
  );
});
