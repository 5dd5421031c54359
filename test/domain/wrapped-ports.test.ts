/** What the hook derives from a domain's XML is what qemu-wrap makes of the arguments that libvirt gives it. */
import { describe, expect, test } from 'vitest';
import { openDomain } from '../../src/domain/index.js';
import { DEFAULT_POLICY, type NicChoice, type Policy } from '../../src/qemu/policy.js';
import { rewrite } from '../../src/qemu/rewrite.js';

interface Nic {
  type: string;
  model?: string;
  alias?: string;
  mac?: string;
  tap?: string;
  inside?: string;
}

const WRAPPER = '<emulator>/opt/vmlane/wrapper/qemu-wrap</emulator>';
const MAC = '52:54:00:00:00:0';

const UUID = '6c1b6a1e-6c2c-4cb2-9f0e-2d1b5ce01234';

function xmlOf(name: string, nics: readonly Nic[], metadata = '', uuid?: string): string {
  const text = nics.map(({ type, model = 'virtio', alias, mac, tap, inside = '' }) =>
    [
      `<interface type='${type}'>`,
      mac === undefined ? '' : `<mac address='${mac}'/>`,
      tap === undefined ? '' : `<target dev='${tap}'/>`,
      `<model type='${model}'/>${inside}`,
      alias === undefined ? '' : `<alias name='${alias}'/>`,
      '</interface>',
    ].join(''),
  );
  const id = `<name>${name}</name>${uuid === undefined ? '' : `<uuid>${uuid}</uuid>`}`;
  return `<domain type='kvm'>${id}${metadata}<devices>${WRAPPER}${text.join('')}</devices></domain>`;
}

/** As libvirt 9.0 and 11.3 write them: test/data/qemu has recordings. */
function argvOf(name: string, nics: readonly Nic[], uuid?: string): string[] {
  const words = nics.flatMap(({ type, model = 'virtio', alias, mac, tap }) => {
    const id = `host${alias}`;
    const kind = type === 'user' ? 'user' : 'tap';
    const driver = model.startsWith('virtio') ? 'virtio-net-pci' : model;
    const host = kind === 'tap' ? { ifname: tap ?? 'vnet9' } : {};
    return [
      ...['-netdev', JSON.stringify({ type: kind, ...host, id })],
      ...['-device', JSON.stringify({ driver, netdev: id, id: alias, ...(mac && { mac }) })],
    ];
  });
  const id = uuid === undefined ? [] : ['-uuid', uuid];
  return ['-name', `guest=${name},debug-threads=on`, '-m', '64', ...id, ...words];
}

const NICS: Nic[] = [
  { type: 'bridge', alias: 'net0', mac: `${MAC}1`, tap: 'vnet0' },
  { type: 'network', alias: 'ua-fast', mac: `${MAC}2`, tap: 'vnet1', model: 'virtio-transitional' },
  { type: 'ethernet', alias: 'net2', mac: `${MAC}3`, tap: 'tap7' },
  { type: 'bridge', alias: 'net3', mac: `${MAC}4`, tap: 'vnet3', model: 'e1000' },
  { type: 'user', alias: 'net4', mac: `${MAC}5` },
  { type: 'direct', alias: 'net5', mac: `${MAC}6`, tap: 'macvtap0' },
];

const CHOICES: NicChoice[] = [
  'virtio',
  [{ mac: '52:54:00:00:00:02' }, { tap: 'tap7' }],
  [{ id: 'net0' }, { id: 'hostua-fast' }],
  [{ id: 'nobody' }],
];

describe.each([
  ['web', UUID],
  ['mit leer', undefined],
  ['..', undefined],
  ['x'.repeat(60), UUID],
])('guest %j, %j', (name, uuid) => {
  test.each(CHOICES)('nics %j', (nics) => {
    for (const [listener, otherMacs] of [
      ['qemu', []],
      ['switch', 'all'],
      ['switch', [{ mac: `${MAC}1` }, { id: 'ua-fast' }]],
    ] as const) {
      const backend = { ...DEFAULT_POLICY.backend, kind: 'vhost-user', listener } as const;
      const socketDir = '/run/vmlane/guests';
      const policy: Policy = {
        ...DEFAULT_POLICY,
        nics,
        backend: { socketDir, reconnectSeconds: 1, otherMacs, ...backend },
      };
      // The arguments do not say whether other addresses are let in; the domain does.
      const ports = rewrite(argvOf(name, NICS, uuid), policy).ports.map((port) => {
        return port.mac === undefined ? port : { other_macs: 0, ...port };
      });
      expect(openDomain(xmlOf(name, NICS, '', uuid)).wrappedPortRequests(policy)).toEqual(ports);
    }
  });
});

test('other back ends have no ports', () => {
  const policy: Policy = { ...DEFAULT_POLICY, backend: { kind: 'vhost-net' } };
  expect(openDomain(xmlOf('web', NICS)).wrappedPortRequests(policy)).toEqual([]);
});

test("a port is in its NIC's network at the switch; no VLAN of that network's gets in there", () => {
  const source = "<source bridge='br0'/>";
  const nics = [
    { type: 'bridge', alias: 'net0', mac: `${MAC}0`, inside: source },
    { type: 'network', alias: 'net1', mac: `${MAC}1`, inside: "<source network='default'/>" },
    { type: 'network', alias: 'net2', mac: `${MAC}2`, inside: "<source network='br0'/>" },
  ];
  const networks = [
    { name: 'lan', vlan: 20, bridge: 'br0' },
    { name: 'nat', vlan: 30, bridge: 'virbr0', libvirt: 'default' },
  ];
  // As libvirt's hook sees it right before QEMU: the network has given it a place on its bridge.
  const live = "<source network='default' portid='51f6' bridge='virbr0'/>";
  const vlans = (xml: string) =>
    openDomain(xml)
      .wrappedPortRequests(DEFAULT_POLICY, networks)
      .map(({ vlan }) => vlan);
  expect(vlans(xmlOf('web', nics))).toEqual([20, 30, undefined]);
  const started = { type: 'network', alias: 'net0', mac: `${MAC}0`, inside: live };
  expect(vlans(xmlOf('web', [started]))).toEqual([30]);
  const tagged = nics.map((nic) => ({ ...nic, inside: `${nic.inside}<vlan><tag id='7'/></vlan>` }));
  expect(() => vlans(xmlOf('web', tagged))).toThrow(
    "domain web: NIC 0: it is in VLAN 7 of bridge br0, and the switch's network lan carries no VLANs; ",
  );
});

test('a port has the VLAN of its NIC, and what <metadata> says comes first', () => {
  const path = '/run/vmlane/guests/web/hostnet1.sock';
  const port = `<vmlane:port path='${path}' vlan='9' pinned='yes' flood-limit='5'/>`;
  const metadata = `<metadata><vmlane:ports xmlns:vmlane='urn:vmlane:ports:1'>${port}</vmlane:ports></metadata>`;
  const inside = "<vlan><tag id='7'/></vlan>";
  const nics = ['net0', 'net1'].map((alias, i) => {
    return { type: 'bridge', alias, mac: `${MAC}${i}`, inside };
  });
  expect(openDomain(xmlOf('web', nics, metadata)).wrappedPortRequests(DEFAULT_POLICY)).toEqual([
    {
      ...{ name: 'web.hostnet0', path: path.replace('net1', 'net0'), listener: 'switch', vlan: 7 },
      ...{ mac: `${MAC}0`, other_macs: 0 },
    },
    {
      ...{ name: 'web.hostnet1', path, listener: 'switch', vlan: 9 },
      ...{ mac: `${MAC}1`, other_macs: 0, flood_limit: 5 },
    },
  ]);
});

test('what <metadata> says for the folder with the name counts where the folder has the UUID', () => {
  const socket = (folder: string) => `/run/vmlane/guests/${folder}/hostnet0.sock`;
  const says = (...ports: string[]) =>
    `<metadata><vmlane:ports xmlns:vmlane='urn:vmlane:ports:1'>${ports.join('')}</vmlane:ports></metadata>`;
  const named = `<vmlane:port path='${socket('web')}' vlan='9' flood-limit='5'/>`;
  const own = `<vmlane:port path='${socket(`libvirt-${UUID}`)}' vlan='8'/>`;
  const port = (metadata: string) => {
    const xml = xmlOf('web', [{ type: 'bridge', alias: 'net0' }], metadata, UUID);
    return openDomain(xml).wrappedPortRequests(DEFAULT_POLICY)[0];
  };
  const path = socket(`libvirt-${UUID}`);
  expect(port(says(named))).toMatchObject({ path, vlan: 9, flood_limit: 5 });
  expect(port(says(own, named))).toMatchObject({ path, vlan: 8, flood_limit: 5 });
});

test('a port keeps the trunk, isolation and limits of its NIC; its network says the VLAN, <metadata> all of that', () => {
  const keeps =
    "<port isolated='yes'/><bandwidth><inbound average='100' floor='1'/><outbound average='9' burst='7'/></bandwidth>";
  const trunk = "<vlan trunk='yes'><tag id='7'/><tag id='30' nativeMode='untagged'/></vlan>";
  const ask = (inside: string, metadata = '') =>
    openDomain(
      xmlOf('web', [{ type: 'bridge', alias: 'net0', inside }], metadata),
    ).wrappedPortRequests(DEFAULT_POLICY, [{ name: 'lan', vlan: 20, bridge: 'br0' }]);
  const others = { isolated: 1, inbound: 100, outbound: 9, outbound_burst: 7 };
  const native = { vlan: 30, vlan_mode: 'native-untagged', trunks: '7,30' };
  const path = '/run/vmlane/guests/web/hostnet0.sock';
  const port = { name: 'web.hostnet0', path, listener: 'switch' };
  expect(ask(keeps + trunk)).toEqual([{ ...port, ...native, ...others }]);
  const lan = "<source bridge='br0'/>";
  expect(ask(keeps + lan)).toEqual([{ ...port, vlan: 20, ...others }]);
  expect(() => ask(lan + trunk)).toThrow('it is in VLAN 7, 30 of bridge br0');
  const own = `<vmlane:port path='${path}' vlan='9' inbound='5'/>`;
  const metadata = `<metadata><vmlane:ports xmlns:vmlane='urn:vmlane:ports:1'>${own}</vmlane:ports></metadata>`;
  expect(ask(keeps + trunk, metadata)).toEqual([{ ...port, ...others, vlan: 9, inbound: 5 }]);
});

test.each([
  [
    "<vlan trunk='yes'><tag id='1'/><tag id='1'/></vlan>",
    'domain web: NIC 0: its trunk has VLAN 1 twice; name each once, or name the NICs that qemu-wrap is to move',
  ],
  ["<vlan><tag id='0'/></vlan>", 'its VLAN is "0"'],
])('a NIC with %s is refused', (inside, problem) => {
  const domain = openDomain(xmlOf('web', [{ type: 'bridge', alias: 'net0', inside }]));
  expect(() => domain.wrappedPortRequests(DEFAULT_POLICY)).toThrow(problem);
});

test('a NIC that the kernel is not to carry is none that asks for vhost', () => {
  const nics = ['', "<driver name='vhost'/>", "<driver name='qemu'/>"].map((inside, i) => {
    return { type: 'bridge', alias: `net${i}`, inside };
  });
  const policy: Policy = { ...DEFAULT_POLICY, nics: 'vhost' };
  const names = openDomain(xmlOf('web', nics))
    .wrappedPortRequests(policy)
    .map(({ name }) => name);
  expect(names).toEqual(['web.hostnet0', 'web.hostnet1']);
});
