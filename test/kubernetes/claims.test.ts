/** What claims come to, and what they may not say. */
import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { readClaim } from '../../src/kubernetes/claims/claim.js';
import { planClaim } from '../../src/kubernetes/claims/plan.js';
import { devicesOf } from '../../src/kubernetes/slices/devices.js';
import { errorText, VmlaneError } from '../../src/values/errors.js';

const UID = '7d3f0a52-5f0e-4f55-9d0b-2f6c8e1a0b11';
const REF = { namespace: 'default', name: 'web', uid: UID };
const DRIVER = 'vmlane.io';
const NODE = {
  node: 'worker-0',
  claims: '/run/vmlane/claims',
  devices: devicesOf(
    [
      { name: 'lan', vlan: 100, mtu: 1500 },
      { name: 'fast', vlan: 200, mtu: 9000 },
    ],
    2,
  ),
};

interface Parts {
  metadata?: object;
  results?: unknown;
  config?: unknown;
  fromClass?: object;
  fromClaim?: unknown;
  allocation?: unknown;
}

const RESULT = { request: 'port', driver: DRIVER, pool: 'worker-0', device: 'lan-0' };
const KIND = { apiVersion: 'vmlane.io/v1alpha1', kind: 'PortConfig' };

/** A claim as the API server gives it, with these parts otherwise. */
function answer({ metadata, results = [RESULT], config, fromClass, fromClaim, ...rest }: Parts) {
  const said = (source: string, of: unknown) =>
    of === undefined ? [] : [{ source, requests: [], opaque: { driver: DRIVER, parameters: of } }];
  const configs = config ?? [...said('FromClass', fromClass), ...said('FromClaim', fromClaim)];
  const allocation =
    'allocation' in rest ? rest.allocation : { devices: { results, config: configs } };
  return { metadata: { ...REF, ...metadata }, status: { allocation } };
}

function plan(parts: Parts) {
  return planClaim(readClaim(answer(parts), REF, DRIVER), NODE);
}

/** Of the claim's config. */
const says = (more: object): Parts => ({ fromClaim: { ...KIND, ...more } });
/** Of a device in the allocation. */
const has = (more: object): Parts => ({ results: [{ ...RESULT, ...more }] });
/** Of class and claim. */
const both = (theClass: object, claim: object): Parts => ({
  fromClass: { ...KIND, ...theClass },
  fromClaim: { ...KIND, ...claim },
});

const REFUSED: [string, Parts][] = [
  ['another UID', { metadata: { uid: '00000000-0000-0000-0000-000000000000' } }],
  ['a UID that is a path', { metadata: { uid: '../../etc' } }],
  ['a name that is a path', { metadata: { name: '../web' } }],
  ['a namespace in upper case', { metadata: { namespace: 'Default' } }],
  [
    'a pod claim that is a path',
    { metadata: { annotations: { 'resource.kubernetes.io/pod-claim-name': '../x' } } },
  ],
  ['not allocated', { allocation: undefined }],
  ['allocated to another driver', has({ driver: 'gpu.example.com' })],
  ['no device', { results: [] }],
  ['results that are no list', { results: 'all' }],
  ['a device without a name', has({ device: undefined })],
  ['a device that is a path', has({ device: '../lan-0' })],
  ['a request that is a path', has({ request: '..' })],
  ['a request with two alternatives', has({ request: 'a/b/c' })],
  ['another pool', has({ pool: 'worker-1' })],
  ['a device beyond the last', has({ device: 'lan-2' })],
  ['a network that is gone', has({ device: 'dmz-0' })],
  ['admin access', has({ adminAccess: true })],
  [
    'a config of nobody',
    { config: [{ source: 'FromMoon', opaque: { driver: DRIVER, parameters: {} } }] },
  ],
  ['a config of another kind', { fromClaim: { ...KIND, kind: 'OvsPortConfig' } }],
  ['a config of another version', { fromClaim: { ...KIND, apiVersion: 'vmlane.io/v2' } }],
  ['a config without a kind', { fromClaim: { network: 'lan' } }],
  ['a config that is text', { fromClaim: 'network: lan' }],
  ['a config that is a list', { fromClaim: [KIND] }],
  ['a config that is nothing', { fromClaim: null }],
  ['an unknown key', says({ netwrok: 'lan' })],
  ['settings of the switch that no claim has', says({ listener: 'switch' })],
  ['a path', says({ path: '/run/vmlane/guests/other/0.sock' })],
  ['trunks', says({ trunks: 'all' })],
  ['another network', says({ network: 'fast' })],
  ['a network that is a path', says({ network: '../lan' })],
  ['another VLAN', says({ vlan: 200 })],
  ['VLAN 0', says({ vlan: 0 })],
  ['VLAN 4095', says({ vlan: 4095 })],
  ['a VLAN as text', says({ vlan: '100' })],
  ['a multicast MAC', says({ mac: '01:00:5e:00:00:01' })],
  ["a MAC that may be a neighbour's", says({ mac: '02:00:00:00:00:01' })],
  ['a MAC beside others of the class', both({ macs: 'own' }, { mac: '02:00:00:00:00:01' })],
  ['any MAC, by its own word', says({ macs: 'any' })],
  ['a MAC of its own word', says({ macs: 'claim', mac: '02:00:00:00:00:01' })],
  ['an unknown choice of MACs', both({ macs: 'all' }, {})],
  ['a MAC of zeros', says({ mac: '00:00:00:00:00:00' })],
  ['a short MAC', says({ mac: '02:00:00' })],
  ['an MTU above the network', says({ mtu: 9000 })],
  ['an MTU below IP', says({ mtu: 67 })],
  ['an MTU with a fraction', says({ mtu: 1499.5 })],
  ['isolation as text', says({ isolated: 'yes' })],
  ['no addresses', says({ addressLimit: 0 })],
  ['too many addresses', says({ addressLimit: 65_537 })],
  ['a negative flood', says({ floodLimit: -1 })],
  ['a rate without an average', says({ bandwidth: { inbound: { peak: 10 } } })],
  ['a rate of nothing', says({ bandwidth: { inbound: { average: 0 } } })],
  ['a rate beyond 100 Gbit/s', says({ bandwidth: { outbound: { average: 12_500_001 } } })],
  ['a rate with a unit', says({ bandwidth: { outbound: { average: '10MiB' } } })],
  ['a third direction', says({ bandwidth: { sideways: { average: 1 } } })],
  [
    'more than the class: rate',
    both(
      { bandwidth: { inbound: { average: 100 } } },
      { bandwidth: { inbound: { average: 101 } } },
    ),
  ],
  [
    'more than the class: burst',
    both(
      { bandwidth: { outbound: { average: 9, burst: 5 } } },
      { bandwidth: { outbound: { average: 9, burst: 6 } } },
    ),
  ],
  [
    'more than the class: a burst beyond the usual one of its average',
    both(
      { bandwidth: { inbound: { average: 1000 } } },
      { bandwidth: { inbound: { average: 10, burst: 101 } } },
    ),
  ],
  [
    'more than the class: a burst of a slow one',
    both(
      { bandwidth: { outbound: { average: 5 } } },
      { bandwidth: { outbound: { average: 5, burst: 2 } } },
    ),
  ],
  ['more than any port has: addresses', says({ addressLimit: 4097 })],
  ['more than a silent class: addresses', both({ mtu: 1400 }, { addressLimit: 65_536 })],
  ['more than the class: MTU', both({ mtu: 1400 }, { mtu: 1500 })],
  ['more than the class: addresses', both({ addressLimit: 1 }, { addressLimit: 2 })],
  ['more than the class: flood', both({ floodLimit: 10 }, { floodLimit: 11 })],
  ["out of the class's isolation", both({ isolated: true }, { isolated: false })],
  [
    "another MAC than the class's",
    both({ mac: '02:00:00:00:00:01' }, { mac: '02:00:00:00:00:02' }),
  ],
  ["another VLAN than the class's", both({ vlan: 100 }, { vlan: 200 })],
  ["a mistake of the class's", both({ bandwidht: {} }, {})],
];

test('each mistake has its line, which names the claim', async () => {
  const lines = REFUSED.map(([what, parts]) => {
    try {
      plan(parts);
    } catch (error) {
      expect(error, what).toBeInstanceOf(VmlaneError);
      return `${what}\n  ${errorText(error)}\n`;
    }
    throw new Error(`${what}: was accepted`);
  });
  expect(lines.length).toBeGreaterThanOrEqual(35);
  expect(lines.filter((line) => !/^ {2}claim default\/web: /m.test(line))).toEqual([]);
  const file = join(import.meta.dirname, '../data/kubernetes/refused-claims.txt');
  await expect(lines.join('')).toMatchFileSnapshot(file);
});

describe('a claim becomes', () => {
  const only = (parts: Parts) => plan(parts).ports[0];

  it('a port of its network, where QEMU listens', () => {
    expect(only({})).toEqual({
      ...{ request: 'port', pool: 'worker-0', device: 'lan-0', network: 'lan', mtu: 1500 },
      folder: `/run/vmlane/claims/${UID}/0`,
      podFolder: '/var/run/vmlane/web/port',
      port: {
        name: `claim:${UID}.0`,
        path: `/run/vmlane/claims/${UID}/0/vhost.sock`,
        listener: 'qemu',
        vlan: 100,
        mac: '02:0d:74:b4:4d:eb',
      },
    });
  });

  it('ports with a MAC each, of its own and the same each time, unless the class lets guests send from any', () => {
    const results = [RESULT, { ...RESULT, device: 'lan-1' }];
    const macs = () => plan({ results }).ports.map(({ port }) => port.mac);
    expect(new Set(macs()).size).toBe(2);
    expect(macs()).toEqual(macs());
    // Unicast, and of no manufacturer's.
    for (const one of macs()) expect(one).toMatch(/^02(:[0-9a-f]{2}){5}$/);
    expect(only(both({ macs: 'any' }, {}))?.port).not.toHaveProperty('mac');
    const given = '02:00:00:00:00:01';
    expect(only(both({ macs: 'claim' }, { mac: given }))?.port.mac).toBe(given);
    expect(only(both({ macs: 'claim' }, {}))?.port.mac).toBe(macs()[0]);
    expect(only(both({ mac: given }, { mac: given }))?.port.mac).toBe(given);
  });

  it('a port with limits: the class stands, and the claim narrows it', () => {
    const theClass = {
      ...{ mtu: 1500, isolated: true, addressLimit: 8, network: 'lan', vlan: 100 },
      macs: 'claim',
      bandwidth: { inbound: { average: 100, peak: 300 }, outbound: { average: 50 } },
    };
    const claim = {
      ...{ mtu: 1400, floodLimit: 10, mac: '02:00:00:00:00:0A' },
      bandwidth: { inbound: { average: 60 } },
    };
    const { mtu, port } = only(both(theClass, claim)) ?? {};
    expect(mtu).toBe(1400);
    expect(port).toMatchObject({
      ...{ vlan: 100, mac: '02:00:00:00:00:0a', isolated: 1, address_limit: 8, flood_limit: 10 },
      ...{ inbound: 60, inbound_peak: 300, outbound: 50 },
    });
  });

  it('a port with what the switch gives where the class is silent', () => {
    const { port } =
      only(
        both(
          { bandwidth: { inbound: { average: 1000 } } },
          {
            ...{ addressLimit: 4096, floodLimit: 5000 },
            bandwidth: {
              inbound: { average: 1000, peak: 5000, burst: 100 },
              outbound: { average: 7, burst: 900 },
            },
          },
        ),
      ) ?? {};
    expect(port).toMatchObject({
      ...{ address_limit: 4096, flood_limit: 5000 },
      ...{ inbound: 1000, inbound_peak: 5000, inbound_burst: 100 },
      ...{ outbound: 7, outbound_burst: 900 },
    });
  });

  it("a folder of its template's name, and a digest where that is too long for an attribute", () => {
    const podClaim = { annotations: { 'resource.kubernetes.io/pod-claim-name': 'net' } };
    expect(only({ metadata: podClaim })?.podFolder).toBe('/var/run/vmlane/net/port');
    const long = only(has({ request: `r${'x'.repeat(60)}` }))?.podFolder;
    expect(long).toMatch(/^\/var\/run\/vmlane\/[0-9a-f]{16}$/);
  });

  it('several ports; a config for one request is not for another', () => {
    const results = [
      { ...RESULT, request: 'a' },
      { ...RESULT, request: 'a', device: 'lan-1' },
      { ...RESULT, request: 'b/large', device: 'fast-1' },
    ];
    const config = [
      {
        ...{ source: 'FromClaim', requests: ['b'] },
        opaque: { driver: DRIVER, parameters: { ...KIND, mtu: 8000 } },
      },
      { source: 'FromClaim', opaque: { driver: 'other.example.com', parameters: 'any' } },
    ];
    const { ports } = plan({ results, config });
    expect(ports.map(({ podFolder, mtu, port }) => [podFolder, mtu, port.vlan])).toEqual([
      ['/var/run/vmlane/web/a/0', 1500, 100],
      ['/var/run/vmlane/web/a/1', 1500, 100],
      ['/var/run/vmlane/web/b', 8000, 200],
    ]);
  });
});
