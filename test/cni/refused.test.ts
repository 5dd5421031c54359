/** Calls that are refused before anything is done: each with its code and one line. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, it, test } from 'vitest';
import { answer } from '../../src/cni/run.js';
import { call } from './plugin.js';

/** What this host offers: its file of settings. */
const SETTINGS = mkdtempSync(join(tmpdir(), 'vmlane-cni-'));
const FILE = join(SETTINGS, 'cni.yaml');
const ALL = `no-vlan: true\nargs-mac: true\ncontrol-sockets: [/nowhere/switch.sock]\n`;

beforeEach(() => offers(ALL));
afterAll(() => rmSync(SETTINGS, { recursive: true }));

function offers(text: string): void {
  writeFileSync(FILE, text);
  chmodSync(FILE, 0o644);
}

const ENV = {
  ...{ CNI_COMMAND: 'ADD', CNI_CONTAINERID: 'c1', CNI_NETNS: '/run/netns/none' },
  ...{ CNI_IFNAME: 'eth0', CNI_PATH: '/nowhere' },
  VMLANE_SETTINGS: SETTINGS,
};
/** A call that reaches this switch has passed all checks. */
const CONFIG = {
  ...{ cniVersion: '1.1.0', name: 'lan', type: 'vmlane-cni' },
  controlSocket: '/nowhere/switch.sock',
};

interface Refusal {
  cniVersion: string;
  code: number;
  msg: string;
  details?: string;
}

async function refusal(config: unknown, env: object = {}): Promise<Refusal> {
  const text = typeof config === 'string' ? config : JSON.stringify(config);
  const { text: said, exitCode } = await answer({ ...ENV, ...env }, async () => text);
  expect(exitCode).toBe(1);
  const object = JSON.parse(said);
  // One line each, whatever was given.
  for (const one of [object.msg, object.details ?? '']) expect(one).not.toMatch(/[\p{Cc}]/u);
  return object;
}

const CONFIGURATIONS: [config: unknown, code: number, msg: string][] = [
  ['', 6, 'network configuration: is empty'],
  ['{"cniVersion": "1.1.0",', 6, 'network configuration: is not JSON'],
  ['[]', 1, 'cniVersion: is not a version'],
  ['null', 1, 'cniVersion: is not a version'],
  ['"1.1.0"', 1, 'cniVersion: is not a version'],
  [{ cniVersion: undefined }, 1, 'cniVersion: is not a version'],
  [{ cniVersion: 1.1 }, 1, 'cniVersion: is not a version'],
  [{ cniVersion: '0.3.1' }, 1, 'cniVersion: "0.3.1" is not supported'],
  [{ cniVersion: '2.0.0\n' }, 1, 'cniVersion: "2.0.0\\n" is not supported'],
  [{ name: undefined }, 7, 'name: is missing'],
  [{ name: '' }, 7, 'name: got ""'],
  [{ name: '../lan' }, 7, 'name: got "../lan"'],
  [{ type: 7 }, 7, 'type: got 7'],
  [{ mode: 'tap' }, 7, 'mode: got "tap"'],
  [{ netwrok: 'lan' }, 2, 'network configuration: unknown key "netwrok"'],
  [{ ipMasq: true }, 2, 'network configuration: unknown key "ipMasq"'],
  [{ network: 'a b' }, 7, 'network: got "a b"'],
  [{ network: ['lan'] }, 7, 'network: got a list'],
  [{ vlan: 0 }, 7, 'vlan: got 0'],
  [{ vlan: 4095 }, 7, 'vlan: got 4095'],
  [{ vlan: '7' }, 7, 'vlan: got "7"'],
  [{ vlan: 7.5 }, 7, 'vlan: got 7.5'],
  [{ vlan: 7, network: 'lan' }, 7, 'vlan: network lan has one'],
  [{ mtu: 67 }, 7, 'mtu: got 67'],
  [{ mtu: 65_522 }, 7, 'mtu: got 65522'],
  [{ mode: 'virtio-user', mtu: 1500 }, 7, 'mtu: has no meaning with mode virtio-user'],
  [
    { interfaceName: 'net1', ipam: { type: 'host-local' } },
    7,
    "ipam.dataDir: is missing: its DEL would free the other interface's addresses, too",
  ],
  [{ interfaceName: '' }, 7, 'interfaceName: got ""'],
  [{ interfaceName: 'a/b' }, 7, 'interfaceName: got "a/b"'],
  [{ interfaceName: '-all' }, 7, 'interfaceName: got "-all"'],
  [{ interfaceName: 'sixteen-letters-' }, 7, 'interfaceName: got "sixteen-letters-"'],
  [{ mac: '02:00:00:00:00' }, 7, 'mac: got "02:00:00:00:00"'],
  [{ mac: '01:00:5e:00:00:01' }, 7, 'mac: "01:00:5e:00:00:01" is a multicast address'],
  [{ runtimeConfig: { mac: '00:00:00:00:00:00' } }, 7, 'runtimeConfig.mac: is all zero'],
  [{ runtimeConfig: [] }, 7, 'runtimeConfig: got a list'],
  [{ bandwidth: { ingressRate: -1 } }, 7, 'bandwidth.ingressRate: is negative (-1)'],
  [{ bandwidth: { egressRate: '1M' } }, 7, 'bandwidth.egressRate: got "1M"'],
  [{ bandwidth: { egressRate: 2 ** 45 } }, 7, 'bandwidth.egressRate: got 35184372088832'],
  [{ bandwidth: { ingressBurst: 8192 } }, 7, 'bandwidth.ingressBurst: has no rate'],
  [{ bandwidth: { rate: 1 } }, 2, 'bandwidth: unknown key "rate"'],
  [{ runtimeConfig: { bandwidth: { egressBurst: 1 } } }, 7, 'bandwidth.egressBurst: has no rate'],
  [{ gid: 1000 }, 7, 'gid: has no meaning with mode interface'],
  [{ mode: 'virtio-user', gid: -1 }, 7, 'gid: is negative (-1)'],
  [{ mode: 'virtio-user', gid: 2 ** 32 }, 7, 'gid: got 4294967296'],
  [{ mode: 'virtio-user', socketFolder: 'run' }, 7, 'socketFolder: "run" is not absolute'],
  [{ controlSocket: '/run/../etc/x' }, 7, 'controlSocket: "/run/../etc/x" is not normalised'],
  [{ controlSocket: `/${'x'.repeat(107)}` }, 7, 'controlSocket: is 108 bytes long'],
  [{ ipam: 'dhcp' }, 7, 'ipam: got "dhcp"'],
  [{ ipam: { type: '../../bin/sh' } }, 7, 'ipam.type: got "../../bin/sh"'],
  [{ ipam: { type: '-x' } }, 7, 'ipam.type: got "-x"'],
  [{ ipam: { type: '' } }, 7, 'ipam.type: got ""'],
  [{ dns: 'none' }, 7, 'dns: got "none"'],
  [{ prevResult: { ips: [{ address: '10.0.0.1' }] } }, 7, 'prevResult: ips.0.address is malformed'],
  [{ prevResult: { interfaces: [{ mac: 'x' }] } }, 7, 'prevResult: interfaces.0.name is malformed'],
  [{ prevResult: 'none' }, 7, 'prevResult: it is malformed'],
];

it.each(CONFIGURATIONS)('%j is refused with code %i', async (change, code, msg) => {
  const config = typeof change === 'string' ? change : { ...CONFIG, ...(change as object) };
  expect(await refusal(config)).toMatchObject({ code, msg });
});

const VARIABLES: [env: Record<string, string | undefined>, code: number, msg: string][] = [
  [{ CNI_COMMAND: undefined }, 4, 'CNI_COMMAND: is missing'],
  [{ CNI_COMMAND: 'add' }, 4, 'CNI_COMMAND: got "add"'],
  [{ CNI_CONTAINERID: undefined }, 4, 'CNI_CONTAINERID: is missing'],
  [{ CNI_CONTAINERID: '' }, 4, 'CNI_CONTAINERID: got ""'],
  [{ CNI_CONTAINERID: '../c1' }, 4, 'CNI_CONTAINERID: got "../c1"'],
  [{ CNI_CONTAINERID: 'c1\n' }, 4, 'CNI_CONTAINERID: got "c1\\n"'],
  [{ CNI_IFNAME: undefined }, 4, 'CNI_IFNAME: is missing'],
  [{ CNI_IFNAME: 'sixteen-letters-' }, 4, 'CNI_IFNAME: got "sixteen-letters-"'],
  [{ CNI_IFNAME: '..' }, 4, 'CNI_IFNAME: got ".."'],
  [{ CNI_IFNAME: '-all' }, 4, 'CNI_IFNAME: got "-all"'],
  [{ CNI_IFNAME: 'a/b' }, 4, 'CNI_IFNAME: got "a/b"'],
  [{ CNI_NETNS: undefined }, 4, 'CNI_NETNS: is missing'],
  [{ CNI_NETNS: 'netns/c1' }, 4, 'CNI_NETNS: "netns/c1" is not absolute'],
  [{ CNI_NETNS: '/run/netns/../c1' }, 4, 'CNI_NETNS: "/run/netns/../c1" is not normalised'],
  [{ CNI_NETNS: '/run/netns/none' }, 3, 'CNI_NETNS /run/netns/none: is not there'],
  [{ CNI_NETNS: '/etc/passwd' }, 4, 'CNI_NETNS /etc/passwd: is no namespace'],
  [{ CNI_NETNS: '/proc/self/ns/net' }, 4, "CNI_NETNS /proc/self/ns/net: is this host's own"],
  [{ CNI_ARGS: 'MAC' }, 4, 'CNI_ARGS: "MAC" is not KEY=VALUE'],
  [{ CNI_ARGS: 'K8S_POD_NAME=p' }, 4, 'CNI_ARGS: unknown key "K8S_POD_NAME"'],
  [{ CNI_ARGS: 'MAC=here' }, 4, 'CNI_ARGS: MAC is "here"'],
  [
    { CNI_ARGS: 'IgnoreUnknown=1;IP=x;MAC=ff:ff:ff:ff:ff:ff' },
    4,
    'CNI_ARGS: MAC is "ff:ff:ff:ff:ff:ff"',
  ],
  [{ CNI_COMMAND: 'CHECK' }, 7, 'prevResult: is missing'],
];

it.each(VARIABLES)('%j is refused with code %i', async (env, code, msg) => {
  expect(await refusal(CONFIG, env)).toMatchObject({ cniVersion: '1.1.0', code, msg });
});

test('STATUS and GC are of version 1.1.0 on, and are answered in the version that was asked', async () => {
  for (const CNI_COMMAND of ['STATUS', 'GC']) {
    const found = await refusal({ ...CONFIG, cniVersion: '1.0.0' }, { CNI_COMMAND });
    const msg = `cniVersion: version 1.0.0 has no ${CNI_COMMAND}`;
    expect(found).toMatchObject({ cniVersion: '1.0.0', code: 1, msg });
  }
});

const PRESENT = { CNI_COMMAND: 'ADD', VMLANE_SETTINGS: SETTINGS };
const USUAL = { cniVersion: '1.1.0', name: 'lan', type: 'vmlane-cni', network: 'lan' };
const GREEDY: [config: object, env: object, msg: string, line: string][] = [
  [{ network: undefined, vlan: 7 }, {}, 'vlan 7', 'vlans: 7'],
  [{ network: undefined }, {}, 'a port in no VLAN', 'no-vlan: true'],
  [{ controlSocket: '/nowhere/s' }, {}, 'controlSocket', 'control-sockets: [/nowhere/s]'],
  [{ socketFolder: '/etc' }, {}, 'socketFolder', 'socket-folders: [/etc]'],
  [{}, { CNI_ARGS: 'MAC=02:00:00:00:00:01' }, 'MAC in CNI_ARGS', 'args-mac: true'],
];

it.each(GREEDY)('%j with %j is refused unless root offers it', async (more, env, thing, line) => {
  const asked = () => refusal({ ...USUAL, ...more }, { ...PRESENT, ...env });
  for (const text of ['', 'vlans: 8-99\nno-vlan: false\ncontrol-sockets: [/run/x]\n']) {
    offers(text);
    expect(await asked()).toMatchObject({
      ...{ code: 7, msg: `${thing}: is not offered by this host` },
      details: expect.stringContaining(`or have root offer it: ${line} in ${FILE}`),
    });
  }
  offers(line);
  // Refused for what comes next.
  expect(await asked()).toMatchObject({ msg: 'CNI_NETNS /run/netns/none: is not there' });
});

test('paths that are not offered are used by no command; what has no file is offered nothing', async () => {
  rmSync(FILE);
  for (const CNI_COMMAND of ['ADD', 'DEL', 'CHECK', 'STATUS', 'GC'])
    for (const more of [{ controlSocket: '/nowhere/s' }, { socketFolder: '/etc' }]) {
      const { msg } = await refusal({ ...USUAL, ...more, ...VALID }, { CNI_COMMAND });
      expect(msg).toMatch(/^(controlSocket|socketFolder): is not offered by this host$/);
    }
});

test('a MAC that is in CNI_ARGS and a capability needs no offer', async () => {
  rmSync(FILE);
  const config = { ...USUAL, runtimeConfig: { mac: '02:00:00:00:00:AB' } };
  const found = await refusal(config, { CNI_ARGS: 'MAC=02:00:00:00:00:ab' });
  expect(found.msg).toBe('CNI_NETNS /run/netns/none: is not there');
});

test('a file of settings is believed only if nobody else may write it, and each mistake is named', async () => {
  const asked = async () => (await refusal(CONFIG)).msg;
  chmodSync(FILE, 0o646);
  expect(await asked()).toBe(`${FILE}: is not a file that only root may write`);
  for (const [text, problem] of [
    ['vlan: 7', 'unknown key "vlan"'],
    ['vlans: 0-7', 'vlans: "0-7" is no list of VLANs'],
    ['args-mac: 1', 'args-mac: got 1'],
    ['control-sockets: [run]', 'control-sockets[0]: "run" is not absolute'],
  ] as const) {
    offers(text);
    expect(await asked()).toBe(`${FILE}: ${problem}`);
  }
});

test('GC is refused if nobody says what is valid', async () => {
  const msg = 'cni.dev/valid-attachments: is missing';
  expect(await refusal(CONFIG, { CNI_COMMAND: 'GC' })).toMatchObject({ code: 7, msg });
});

const VALID = { 'cni.dev/valid-attachments': [] };

test('without a switch: STATUS says that it is unavailable, DEL and GC that it is to be tried later', async () => {
  for (const [CNI_COMMAND, code] of [
    ['STATUS', 50],
    ['DEL', 11],
    ['GC', 11],
  ] as const)
    expect(await refusal({ ...CONFIG, ...VALID }, { CNI_COMMAND })).toMatchObject({
      code,
      msg: '/nowhere/switch.sock: no switch is running there (no such file)',
    });
});

test('a plugin for addresses is looked for in folders of CNI_PATH alone, and those are absolute', async () => {
  const config = { ...CONFIG, ipam: { type: 'sh' } };
  const asked = (CNI_PATH: string) => refusal(config, { CNI_COMMAND: 'DEL', CNI_PATH });
  const msg = 'ipam sh: there is no such plugin in /nowhere, /etc/passwd';
  expect(await asked('bin:/nowhere:.:/etc/passwd')).toMatchObject({ code: 7, msg });
  expect(await asked('')).toMatchObject({
    msg: 'ipam sh: there is no such plugin as CNI_PATH has no folder',
  });
});

test('the built program: its versions, an error on standard output, and nothing else', async () => {
  const supportedVersions = ['0.4.0', '1.0.0', '1.1.0'];
  const versions = { cniVersion: '1.1.0', supportedVersions };
  expect(await call('VERSION', '')).toEqual({ exitCode: 0, answer: versions });
  const { exitCode, answer: said } = await call('ADD', CONFIG, { ...ENV, CNI_IFNAME: '' });
  expect(exitCode).toBe(1);
  expect(said).toEqual({
    ...{ cniVersion: '1.1.0', code: 4, msg: 'CNI_IFNAME: got ""' },
    details: 'give 1 to 15 letters, digits or . _ -, the first a letter or digit',
  });
});
