/** What cannot be: places to listen at, token files, headers; and options that do not go together. */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { formatFor } from '../../src/metrics/accept.js';
import { mustBeGuarded, placeOf } from '../../src/metrics/listen.js';
import { isAuthorized, readToken } from '../../src/metrics/token.js';
import { vmlane } from '../cli/test-io.js';
import { inFolder } from '../switch/folder.js';

describe('where to listen', () => {
  test.each([
    ['127.0.0.1:19797', { kind: 'tcp', address: '127.0.0.1', port: 19797, isLoopback: true }],
    ['127.8.9.10:0', { kind: 'tcp', address: '127.8.9.10', port: 0, isLoopback: true }],
    ['[::1]:80', { kind: 'tcp', address: '::1', port: 80, isLoopback: true }],
    ['[::]:65535', { kind: 'tcp', address: '::', port: 65535, isLoopback: false }],
    ['0.0.0.0:9', { kind: 'tcp', address: '0.0.0.0', port: 9, isLoopback: false }],
    ['unix:/run/x.sock', { kind: 'unix', path: '/run/x.sock' }],
  ])('%s', (given, place) => expect(placeOf(given)).toEqual(place));

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
  ])('not %j', (given, problem) => expect(() => placeOf(given)).toThrow(problem));

  test.each(['0.0.0.0:19797', '[::]:19797', '192.0.2.1:1', '[::ffff:192.0.2.1]:1'])(
    '%s: only with a token',
    (given) => {
      expect(() => mustBeGuarded(placeOf(given), false)).toThrow('add --token-file FILE');
      expect(() => mustBeGuarded(placeOf(given), true)).not.toThrow();
    },
  );
  test.each(['127.0.0.1:1', '[::1]:1', 'unix:/run/x'])('%s: without one, too', (given) =>
    expect(() => mustBeGuarded(placeOf(given), false)).not.toThrow(),
  );
});

const TOKEN = '0123456789abcdef';

describe('files of a token', () => {
  test.each([
    [`${TOKEN}\n`, 0o600, undefined],
    [`${TOKEN}\r\n`, 0o640, undefined],
    [TOKEN, 0o400, undefined],
    [TOKEN, 0o604, 'others may read or write it'],
    [TOKEN, 0o602, 'others may read or write it'],
    [TOKEN, 0o660, 'its group may write it'],
    ['', 0o600, 'is not one line without blanks'],
    [`${TOKEN}\n\n`, 0o600, 'is not one line without blanks'],
    [`${TOKEN} x`, 0o600, 'is not one line without blanks'],
    [`${TOKEN}ü`, 0o600, 'is not one line without blanks'],
    ['short', 0o600, 'fewer than 16 characters'],
    ['x'.repeat(4097), 0o600, 'is longer than 4096 bytes'],
  ])('%j of mode %o', (content, mode, problem) =>
    inFolder(async (folder) => {
      const file = join(folder, 'token');
      writeFileSync(file, content);
      chmodSync(file, mode);
      if (problem === undefined) expect(await readToken(file)).toBe(TOKEN);
      else await expect(readToken(file)).rejects.toThrow(problem);
    }),
  );

  test('no file, a folder', () =>
    inFolder(async (folder) => {
      await expect(readToken(join(folder, 'none'))).rejects.toThrow('does not exist; make one: ');
      mkdirSync(join(folder, 'sub'));
      await expect(readToken(join(folder, 'sub'))).rejects.toThrow('is not a regular file');
    }));
});

test.each([
  [`Bearer ${TOKEN}`, true],
  [`bearer  ${TOKEN}`, true],
  [TOKEN, false],
  [`Basic ${TOKEN}`, false],
  [`Bearer ${TOKEN}0`, false],
  [`Bearer ${TOKEN.slice(1)}`, false],
  [`Bearer ${TOKEN} x`, false],
  ['Bearer', false],
  ['', false],
  [undefined, false],
])('Authorization: %s: %s', (header, isRight) => expect(isAuthorized(header, TOKEN)).toBe(isRight));

test.each([
  [undefined, 'text'],
  ['*/*', 'text'],
  ['text/plain', 'text'],
  ['application/json', 'text'],
  ['application/openmetrics-text', 'openmetrics'],
  ['application/openmetrics-text; version=1.0.0', 'openmetrics'],
  ['application/openmetrics-text; version="1.0.0"', 'openmetrics'],
  ['application/openmetrics-text; version=0.0.1', 'text'],
  ['application/openmetrics-text;version=1.0.0;q=0', 'text'],
  ['application/openmetrics-text;q=0.2,text/plain;q=0.8', 'text'],
  // Prometheus 2.42, with a protocol of protobuf that is not spoken here.
  [
    'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited,application/openmetrics-text;version=1.0.0;q=0.8,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1',
    'openmetrics',
  ],
  ['application/openmetrics-text;q=x', 'text'],
  [';;,=,q', 'text'],
])('Accept: %s: %s', (accept, format) => expect(formatFor(accept)).toBe(format));

test.each([
  ['--listen 0.0.0.0:19797', '--listen 0.0.0.0:19797: anybody who reaches this address could'],
  ['--listen nonsense', '--listen nonsense: is not an address and a port; write ADDRESS:PORT'],
  ['--file /x.prom --listen 127.0.0.1:1', '--listen: has no meaning with --file; run two of'],
  ['--file /x.prom --token-file /t', '--token-file: has no meaning with --file; run two of'],
  ['--file /x.prom --once --interval 5', '--once: has no meaning with --interval; leave out'],
  ['--once', '--once: is about a file; add --file'],
  ['--interval 5', '--interval: is about a file; add --file'],
  ['--file /x.prom --interval 0', '--interval: "0" is not a whole number from 1 to 3600'],
  ['--listen [::]:1 --token-file /none', '--token-file /none: does not exist; make one'],
  ['--listen', '--listen needs a value'],
  ['serve', 'vmlane metrics export: unexpected "serve"'],
  ['--lisen x', 'unknown option --lisen; did you mean --listen?'],
])('vmlane metrics %s', async (line, problem) => {
  const { status, out, err } = await vmlane(['metrics', ...line.split(' ')]);
  expect([status, out, err.split('\n')]).toEqual([2, '', [expect.stringContaining(problem), '']]);
});

test('a file in a folder that is not there', async () => {
  const words = ['--file', '/nonexistent/x.prom', '--once', '--control-socket', '/none.sock'];
  const { status, err } = await vmlane(['metrics', ...words]);
  expect([status, err]).toEqual([
    1,
    expect.stringContaining('/nonexistent/x.prom: its folder does not exist; name a file in'),
  ]);
});
