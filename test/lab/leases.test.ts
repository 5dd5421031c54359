import { expect, test } from 'vitest';
import { parseLeases } from '../../lab/default-network.js';

test('leases, as virsh shows them', () => {
  const output = ` 2026-11-27 23:23:12   52:54:00:00:07:01   ipv4   192.168.122.25/24   -   01:52:54:00:00:07:01
 2026-11-27 23:22:57   52:54:00:00:07:03   ipv4   192.168.122.27/24   stays   01:52:54:00:00:07:03
 2026-11-27 23:22:57   52:54:00:00:07:04   ipv6   fd00:122::a1/64   -   00:01:00:01
`;
  expect(parseLeases(output)).toEqual([
    { mac: '52:54:00:00:07:01', address: '192.168.122.25' },
    { mac: '52:54:00:00:07:03', address: '192.168.122.27' },
  ]);
  expect(parseLeases('')).toEqual([]);
});
