import { expect, it } from 'vitest';
import { type Domain, domainXml, keepPortSettings, openDomain } from '../../src/domain/index.js';
import type { PortSettings } from '../../src/domain/read/port-settings.js';
import { inNetworks, networkNamed } from '../../src/guests/networks.js';
import { parseSpec } from '../../src/spec/index.js';

const port = (path: string, rest: string) => `<vmlane:interface path="${path}" ${rest}/>`;
const nic = (path: string) =>
  `<interface type='vhostuser'><source type='unix' path='${path}' mode='client'/><model type='virtio'/></interface>`;
const DOMAIN = openDomain(
  `<domain type='kvm'><name>g</name><metadata><vmlane:convert xmlns:vmlane="urn:vmlane:convert:1" metadata="none">${[
    port('/run/a.sock', 'vlan="4094" network="lan"'),
    port('/run/b.sock', 'vlan="7"'),
  ].join('')}</vmlane:convert></metadata><devices>${['a', 'b', 'c']
    .map((name) => nic(`/run/${name}.sock`))
    .join('')}</devices></domain>`,
);

const vlans = (networks: Parameters<typeof inNetworks>[2]) =>
  inNetworks(DOMAIN, DOMAIN.portRequests(), networks).map(({ vlan }) => vlan);

it("a NIC's network says its VLAN, on the host where the guest starts", () => {
  expect(vlans([{ name: 'lan', vlan: 20 }])).toEqual([20, 7, undefined]);
  // Of another host nothing is known but what was.
  expect(vlans(undefined)).toEqual([4094, 7, undefined]);
});

it('a guest does not start into whatever has the number now', () => {
  expect(() => vlans([{ name: 'other', vlan: 4094 }])).toThrow(
    'domain g: a NIC of it is in network lan, which the switch does not have; make it: vmlane network add lan, ',
  );
  expect(() => inNetworks(DOMAIN, DOMAIN.portRequests(), [], 'hostb')).toThrow(
    'which the switch does not have; make it on hostb: vmlane network add lan, ',
  );
});

/** A guest from a spec whose NIC has this. */
const fromSpec = (said: string) => {
  const spec = `{name: g, memory: 1GiB, boot: {kernel: /k}, interfaces: [{type: vhost-user${said}}]}`;
  return openDomain(domainXml(parseSpec(spec, 'g.yaml')));
};
const requests = (domain: Domain, networks: Parameters<typeof inNetworks>[2]) =>
  inNetworks(domain, domain.portRequests(), networks);

it('a spec names the network, and no VLAN', () => {
  const domain = fromSpec(', network: lan');
  expect(domain.text).toContain('<vmlane:port path="/run/vmlane/guests/g/0.sock" network="lan"/>');
  expect(requests(domain, [{ name: 'lan', vlan: 20 }])).toMatchObject([{ vlan: 20 }]);
  expect(requests(fromSpec(''), [{ name: 'lan', vlan: 20 }])[0]).not.toHaveProperty('vlan');
  // In no VLAN it would be in another network.
  expect(() => requests(domain, undefined)).toThrow(
    "domain g: a NIC of it is in network lan, whose VLAN only the guest's own host knows; run this on that host",
  );
});

it('what is said later, VLAN or network, is what counts', () => {
  const moved = DOMAIN.keptSettings.settings.get('/run/a.sock');
  expect(moved).toEqual({ vlan: 4094, network: 'lan' });
  const by = (settings: PortSettings) =>
    openDomain(keepPortSettings(DOMAIN, '/run/a.sock', settings));
  const networks = [
    { name: 'lan', vlan: 20 },
    { name: 'dmz', vlan: 30 },
  ];
  expect(requests(by({ vlan: 9 }), networks)[0]).toMatchObject({ vlan: 9 });
  expect(requests(by({ network: 'dmz' }), networks)[0]).toMatchObject({ vlan: 30 });
  expect(requests(by({ vlan: 4, network: 'dmz' }), networks)[0]).toMatchObject({ vlan: 30 });
  expect(requests(by({ floodLimit: 9 }), networks)[0]).toMatchObject({ vlan: 20, flood_limit: 9 });
});

const KNOWN = [
  { name: 'lan', vlan: 20 },
  { name: 'storage', vlan: 30 },
];
const bad: [name: string, networks: typeof KNOWN | undefined, line: string][] = [
  ['storag', KNOWN, 'network storag: the switch has no such network; did you mean storage?'],
  ['x', [], "network x: the switch has no such network; 'vmlane network list' lists its networks"],
  ['a/b', KNOWN, 'network a/b: the switch has no such network; '],
  ['', KNOWN, 'network : the switch has no such network; '],
  [
    'lan',
    undefined,
    "--network lan: it is a name, whose VLAN only the guest's own host knows; run this there, or give --vlan",
  ],
];
it.each(bad)('no network to plug a NIC into: %j', (name, networks, line) => {
  expect(() => networkNamed(name, networks)).toThrow(line);
});
