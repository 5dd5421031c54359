/** What cannot be: headers; places, and options that do not go together. */
import { expect, test } from 'vitest';
import { formatFor } from '../../src/metrics/accept.js';
import { vmlane } from '../cli/test-io.js';

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
