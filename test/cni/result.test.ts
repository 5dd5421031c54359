import { expect, test } from 'vitest';
import { readConfig } from '../../src/cni/call/config.js';
import {
  checkSocket,
  interfacesOfPort,
  isPortOf,
  namesOf,
  ownFolder,
  portsOf,
  socketFolderOf,
  socketIn,
} from '../../src/cni/call/names.js';
import { joined, type Result, readResult, resultObject } from '../../src/cni/call/result.js';
import { VERSIONS } from '../../src/cni/call/version.js';
import { INTERFACE_NAME, PORT_NAME } from '../../src/contract/bounds.js';

const OWN: Result = {
  interfaces: [
    { name: 'cnh0' },
    { name: 'eth0', mac: '02:00:00:00:00:01', mtu: 1400, sandbox: '/n' },
  ],
  ips: [
    { address: '192.0.2.2/24', gateway: '192.0.2.1', interface: 1 },
    { address: '2001:db8::2/64', interface: 1 },
  ],
  routes: [{ dst: '0.0.0.0/0', mtu: 1300, priority: 5 }],
  dns: { nameservers: ['192.0.2.1'] },
};

test('a result in each version has what that version knows', () => {
  const { mtu: _, ...older } = OWN.interfaces[1] ?? {};
  const [v04, v10, v11] = VERSIONS.map((version) => resultObject(OWN, version));
  expect(v11).toEqual({ cniVersion: '1.1.0', ...OWN });
  const interfaces = [{ name: 'cnh0' }, older];
  const routes = [{ dst: '0.0.0.0/0', gw: undefined }];
  expect(v10).toEqual({ ...OWN, cniVersion: '1.0.0', interfaces, routes });
  const ips = OWN.ips.map((ip, at) => ({ version: at === 0 ? '4' : '6', ...ip }));
  expect(v04).toEqual({ ...OWN, cniVersion: '0.4.0', interfaces, routes, ips });
});

test('what an earlier plugin has made stays before ours, and addresses stay at their interfaces', () => {
  const before = readResult(
    {
      cniVersion: '0.4.0',
      interfaces: [{ name: 'lo', sandbox: '/n', kept: 1 }],
      ips: [{ version: '4', address: '198.51.100.2/24', interface: 0 }],
      routes: null,
    },
    'prevResult',
  );
  const { interfaces, ips, dns } = joined(before, OWN);
  expect(interfaces.map(({ name }) => name)).toEqual(['lo', 'cnh0', 'eth0']);
  expect(interfaces[0]).toHaveProperty('kept', 1);
  expect(ips.map((ip) => ip.interface)).toEqual([0, 2, 2]);
  expect(dns).toBe(OWN.dns);
  expect(joined({ ...before, dns: { domain: 'x' } }, OWN).dns).toEqual({ domain: 'x' });
});

test('names are possible, the same each time, and of one attachment alone', () => {
  const longest = { container: 'f'.repeat(64), ifname: 'fifteen-letters' };
  const names = namesOf('n'.repeat(200), longest);
  expect(names.port.length).toBeLessThanOrEqual(PORT_NAME.max);
  expect(names.port).toMatch(PORT_NAME.pattern);
  for (const one of [names.near, names.tap]) expect(one.length).toBe(INTERFACE_NAME.max);
  expect(interfacesOfPort(names.port)).toEqual({ near: names.near, tap: names.tap });
  expect(names.port.startsWith(portsOf('n'.repeat(200)))).toBe(true);
  expect(names.mac).toMatch(/^02(:[0-9a-f]{2}){5}$/);
  const others = [
    namesOf('n', longest),
    namesOf('n'.repeat(200), { ...longest, ifname: 'eth0' }),
    // What is cut off counts, too.
    namesOf('n'.repeat(200), { ...longest, container: `${'f'.repeat(63)}0` }),
  ];
  for (const key of ['port', 'near', 'tap', 'mac'] as const)
    expect(new Set([names, ...others].map((one) => one[key])).size).toBe(4);
  const long = socketIn(socketFolderOf('/run/vmlane/guests', longest));
  expect(() => checkSocket(long)).toThrow(/longer than 107 bytes/);
  const usual = socketFolderOf('/run/vmlane/guests', { ...longest, ifname: 'eth0' });
  checkSocket(socketIn(usual));
  expect(usual).toBe(`/run/vmlane/guests/${longest.container}@eth0`);
});

test('GC takes for ours only what namesOf and socketFolderOf have named, whatever the switch says', () => {
  const a = { container: 'c1', ifname: 'eth0' };
  const { port: name } = namesOf('lan', a);
  expect(isPortOf('lan', name)).toBe(true);
  const begin = portsOf('lan');
  const foreign = [`${begin}mine`, `${begin}c1:eth0:${'z'.repeat(12)}`, `${name}0`, `${name}:x`];
  for (const one of [...foreign, namesOf('others', a).port, `x${name}`])
    expect(isPortOf('lan', one), one).toBe(false);
  const folder = (path: string) => ownFolder('/run/g', 'lan', { name, path });
  expect(folder('/run/g/c1@eth0/net.sock')).toBe('/run/g/c1@eth0');
  for (const path of [
    ...['/srv/c1@eth0/net.sock', '/run/g/x/c1@eth0/net.sock', '/run/g/../c1@eth0/net.sock'],
    ...['/run/g/c2@eth0/net.sock', '/run/g/c1@eth0/x.sock', '/run/g/net.sock', '/net.sock', ''],
  ])
    expect(folder(path), path).toBeUndefined();
});

const read = (more: object) =>
  readConfig(JSON.stringify({ cniVersion: '1.0.0', name: 'lan', type: 'vmlane-cni', ...more }));

test('a configuration with what runtimes and other plugins put into it', () => {
  const config = read({
    ...{ capabilities: { mac: true }, args: { cni: {} }, disableCheck: false },
    ...{ mac: '02:00:00:00:00:01', bandwidth: { egressRate: 8192 } },
    runtimeConfig: { mac: '02:00:00:00:00:AB', portMappings: [], ips: ['192.0.2.2/24'] },
    'cni.dev/attachments': [],
  });
  expect(config).toMatchObject({ mode: 'interface', mac: '02:00:00:00:00:ab', gid: 0 });
  expect(config.controlSocket).toBe('/run/vmlane/switch.sock');
  expect(config.limits).toEqual({ outbound: 1 });
});

test('two of us in a list are as two networks, so that neither removes what is of the other', () => {
  const [first, second] = [read({}).name, read({ interfaceName: 'net1' }).name];
  expect([first, second]).toEqual(['lan', 'lan/net1']);
  const { port } = namesOf(second, { container: 'c1', ifname: 'eth0' });
  expect([isPortOf(first, port), isPortOf(second, port)]).toEqual([false, true]);
});

test('limits are rounded up, so that the least one is not none', () => {
  const bandwidth = { ingressRate: 1, ingressBurst: 8193, egressRate: 0, egressBurst: 0 };
  expect(read({ bandwidth }).limits).toEqual({ inbound: 1, inbound_burst: 2 });
  const runtimeConfig = { bandwidth: { egressRate: 16_384 } };
  expect(read({ bandwidth, runtimeConfig }).limits).toEqual({ outbound: 2 });
});

test('the attachments that stay: null is an empty list, and none is nobody has said', () => {
  const key = 'cni.dev/valid-attachments';
  expect(read({}).valid).toBeUndefined();
  expect(read({ [key]: null }).valid).toEqual([]);
  const valid = [{ containerID: 'c1', ifname: 'eth0' }];
  expect(read({ [key]: valid }).valid).toEqual([{ container: 'c1', ifname: 'eth0' }]);
});
