import { expect, it } from 'vitest';
import { openDomain } from '../../src/domain/index.js';
import { inNetworks } from '../../src/guests/networks.js';

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
    "domain g: a NIC of it is in network lan, which this host's switch does not have; make it: vmlane network add lan, ",
  );
});
