import { expect, test } from 'vitest';
import { portRequests } from '../../src/domain/index.js';

const nic = (path: string, mode = 'server') =>
  `<interface type='vhostuser'><mac address='52:54:00:00:00:0A'/><source type='unix' path='${path}' mode='${mode}'/></interface>`;
const domain = (nics: string, ports = '') =>
  `<domain><name>web</name><metadata><vmlane:ports xmlns:vmlane="urn:vmlane:ports:1">${ports}</vmlane:ports></metadata><devices>${nics}</devices></domain>`;

test('a port for each NIC, in the other role', () => {
  expect(portRequests(domain(nic('/a') + nic('/b', 'client')))).toEqual([
    { name: 'web.0', path: '/a', mode: 'client' },
    { name: 'web.1', path: '/b', mode: 'server' },
  ]);
});

test('settings come from the metadata, by the path', () => {
  const kept =
    '<vmlane:port path="/b" vlan="100" spoofchk="yes" address-limit="4" flood-limit="1000"/>';
  expect(portRequests(domain(nic('/a') + nic('/b'), kept))).toEqual([
    { name: 'web.0', path: '/a', mode: 'client' },
    {
      ...{ name: 'web.1', path: '/b', mode: 'client', vlan: 100 },
      ...{ mac: '52:54:00:00:00:0a', address_limit: 4, flood_limit: 1000 },
    },
  ]);
});

test.each([
  'vlan="0"',
  'vlan="4095"',
  'vlan="1e3"',
  'spoofchk="maybe"',
  'address-limit="65537"',
  'address-limit="-1"',
  'flood-limit="4294967296"',
  'flood-limit=""',
])('what cannot be is not asked for: %s', (setting) => {
  const [port] = portRequests(domain(nic('/a'), `<vmlane:port path="/a" ${setting}/>`));
  expect(port).toEqual({ name: 'web.0', path: '/a', mode: 'client' });
});

test('two NICs on one socket are refused', () => {
  expect(() => portRequests(domain(nic('/a') + nic('/a')))).toThrow(
    'web: two of its interfaces use the socket /a; give each a socket of its own',
  );
});
