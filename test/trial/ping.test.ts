import { expect, test } from 'vitest';
import { describePing, parsePing } from '../../src/trial/ping.js';

const output = `PING 10.77.0.2 (10.77.0.2): 56 data bytes
64 bytes from 10.77.0.2: seq=0 ttl=64 time=41.661 ms
64 bytes from 10.77.0.2: seq=2 ttl=64 time=2.523 ms
64 bytes from 10.77.0.2: seq=2 ttl=64 time=9.000 ms (DUP!)

--- 10.77.0.2 ping statistics ---
3 packets transmitted, 2 packets received, 1 duplicates, 33% packet loss
`;

test('replies are told by their sequence numbers, duplicates count once', () => {
  const { sent, times } = parsePing(output);
  expect(sent).toBe(3);
  expect([...times]).toEqual([
    [0, 41.661],
    [2, 2.523],
  ]);
});

test('a line for a person', () => {
  expect(describePing(parsePing(output))).toBe(
    '2 of 3 replies, round trip 2.5/22.1/41.7 ms (least/mean/most)',
  );
});

test('no reply at all', () => {
  expect(describePing(parsePing('3 packets transmitted, 0 packets received'))).toBe(
    '0 of 3 replies',
  );
});
