import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import type { Server } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Policy, type Rewrite, rewrite } from '../../src/qemu/index.js';
import { plainMac } from '../../src/qemu/nics/mac.js';
import { parseArguments, propertiesOf } from '../../src/qemu/syntax/arguments.js';
import { get, isOn, type Properties } from '../../src/qemu/syntax/properties.js';
import { fakeBackend, fakeListener } from './fake-backend.js';
import { cases, readCase } from './fixtures.js';
import { dialled, HERE, isHere } from './here.js';
import { localize } from './localize.js';
import { Qemu } from './monitor.js';

/** Every golden case that comes to a guest is started, and the monitor tells what came of it. */

const NOT_HERE: Readonly<Record<string, string>> = {
  'arm-virt': 'another architecture',
  'driver-names': 'NICs of s390 and of boards without PCI',
  'extra-options': 'an option that is made up',
  'nic-arm-virt': 'another architecture',
  'regions-8-cells-arm': 'another architecture',
  'pci-assign': 'needs a device of the host',
  'pci-assign-alone': 'needs a device of the host',
  'own-vhost-user-mem-path': 'QEMU waits for its switch',
  'own-vhost-user-private': 'QEMU waits for its switch',
  'own-vhost-user-private-node': 'QEMU waits for its switch',
  'nic-s390': 'another architecture',
  'vf-token': 'QEMU from 8.1 on, and a device of the host',
  'net-vlans': 'QEMU before 3.0',
  'odd-machine': 'a machine that is made up',
  'proxmox-arm': 'another architecture',
  'proxmox-qemu-11': 'QEMU from 10.2',
  'ram-loongarch': 'another architecture',
  'ram-new-name': 'a machine that is made up',
  'ram-pseries-name': 'another architecture',
  'ram-rhel6': "Red Hat's QEMU",
  'ram-riscv': 'another architecture',
  'ram-s390-usual': 'another architecture',
  'ram-s390-virtio-mem': 'another architecture',
  'ram-ubuntu-q35': "Ubuntu's QEMU",
  'ram-unknown': 'another architecture',
  'ram-xenfv': 'needs Xen',
  'single-quoted-json': 'a property that is made up',
  ...(isHere([9, 2]) ? {} : { 'switch-listens-ms': 'QEMU from 9.2' }),
  ...(isHere([8, 2]) ? {} : { uso: 'QEMU from 8.2', 'net-tap-9': 'QEMU from 8.2' }),
  'all-guests-encrypted': 'needs an AMD processor with SEV',
  'vhost-net-encrypted': 'needs an AMD processor with SEV',
};
/** What QEMU itself refuses from a version on, rewritten or not. */
const REFUSED: Readonly<Record<string, RegExp>> = isHere([8, 0])
  ? { 'memory-hex': /Parameter 'memory.size' expects size/ }
  : {};
/** Their descriptors are tried in handed.test.ts. */
const HANDED = /^(lv11-)?(vhostfd|tap-fd)/;

let dir: string;
let qemu: Qemu | undefined;
let listeners: Server[];

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'vmlane-started-'));
  listeners = [];
});

afterEach(async () => {
  await qemu?.end();
  qemu = undefined;
  for (const listener of listeners) listener.close();
  rmSync(dir, { recursive: true, force: true });
});

/** The case's result with sockets in `dir`; undefined where nothing comes of it but a message. */
function resultOf(name: string): Rewrite | undefined {
  const { argv, policy, host: known } = readCase(name);
  const host = { version: HERE, ...known };
  const { backend } = policy;
  const here: Policy =
    backend.kind === 'vhost-user' ? { ...policy, backend: { ...backend, socketDir: dir } } : policy;
  try {
    // The sockets' folder may be what is wrong with it.
    rewrite(argv, policy, host);
    const result = rewrite(argv, here, host);
    return result.untouched === undefined ? result : undefined;
  } catch {
    return undefined;
  }
}

dir = '/nowhere';
const startable = cases.filter(
  (name) =>
    resultOf(name) !== undefined && !(name in NOT_HERE) && !(name in REFUSED) && !HANDED.test(name),
);

test('only cases that exist are left out', () => {
  const named = [...Object.keys(NOT_HERE), ...Object.keys(REFUSED)];
  expect(named.filter((name) => !cases.includes(name))).toEqual([]);
  expect(startable.length).toBeGreaterThan(60);
});

test.each(startable)('%s', async (name) => {
  const result = resultOf(name) as Rewrite;
  const argv = localize(result.argv, dir);
  await start(result, argv);
  const list = parseArguments(argv);
  const options = (option: string) => list.filter((one) => one.option === option).map(propertiesOf);
  await checkNics(options('netdev'), options('device'));
  await checkSockets(result, options('chardev'));
  const prealloc = list.some((one) => one.option === 'mem-prealloc');
  await checkMemory(options('object'), prealloc);
});

test('what QEMU refuses as it is, it refuses rewritten, too', async () => {
  for (const [name, message] of Object.entries(REFUSED)) {
    for (const argv of [readCase(name).argv, resultOf(name)?.argv ?? []]) {
      qemu = new Qemu(localize(argv, dir));
      await expect(qemu.ready(), name).rejects.toThrow(message);
      await qemu.end();
    }
  }
});

/** Their RAM and their NICs' ROMs must have the names that a saved state knows them by. */
const SAME_NAMES = [
  ...['nic-virtio', 'nic-two', 'net-tap', 'net-netdev', 'lv9-real-auto', 'lv9-mem-numa2'],
  ...['lv9-mem-memfdnonuma', 'lv11-mem-hugenonuma', 'dimm-and-other-objects', 'virtio-mem'],
  ...['numa-of-m', 'mem-path', 'file-private', 'huge-node-json', 'huge-memfd-to-folder'],
  ...['huge-numa-nodes', 'm-twice', 'vhost-net-net', 'proxmox', 'proxmox-numa', 'quickemu-bridge'],
];

test.each(SAME_NAMES)('%s: names and addresses are those from before', async (name) => {
  qemu = new Qemu(localize(readCase(name).argv, dir));
  await qemu.ready();
  const before = await blockNames();
  await qemu.end();
  const result = resultOf(name) as Rewrite;
  await start(result, localize(result.argv, dir));
  expect(await blockNames()).toEqual(before);
});

/** Of blocks of devices the PCI address is part of the name. */
async function blockNames(): Promise<string[]> {
  const text = (await qemu?.tell('info ramblock')) ?? '';
  const lines = text.trim().split(/\r?\n/).slice(1);
  return lines.map((line) => line.trim().split(/ {2,}/)[0] ?? '').sort();
}

/** Plays the switch for each port. QEMU opens them one after the other. */
async function start({ ports }: Rewrite, argv: readonly string[]): Promise<void> {
  for (const { listener, path } of ports) {
    // The guest's folder, which the switch makes.
    mkdirSync(dirname(path), { recursive: true });
    if (listener === 'switch') listeners.push(await fakeListener(path));
  }
  qemu = new Qemu(argv);
  for (const { listener, path } of ports) if (listener === 'qemu') await fakeBackend(path);
  await qemu.ready();
}

async function checkNics(netdevs: readonly Properties[], devices: readonly Properties[]) {
  const network = (await qemu?.tell('info network')) ?? '';
  const cards = await cardsByNetdev();
  for (const netdev of netdevs) {
    const id = get(netdev, 'id') ?? '';
    const kind = get(netdev, 'type');
    if (kind === 'hubport') continue;
    const queues = network.match(new RegExp(`${id}: index=\\d+,type=${kind}`, 'g')) ?? [];
    expect(queues).toHaveLength(Number(get(netdev, 'queues') ?? 1));
    const device = devices.find((one) => get(one, 'netdev') === id);
    if (device === undefined) continue;
    for (const { key, value } of device.members) {
      if (!/^(csum|gso|mq|mrg_rxbuf|mac|vectors|(host|guest)_.*)$/.test(key)) continue;
      const path = cards.get(id);
      const found = await qemu?.ask('qom-get', { path, property: key });
      const given = key === 'mac' ? plainMac(value ?? '') : value?.toLowerCase();
      expect(`${key} ${inWords(found)}`).toBe(`${key} ${given}`);
    }
  }
}

/** QEMU's objects of the devices that have a netdev. */
async function cardsByNetdev(): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const folder of ['/machine/peripheral', '/machine/peripheral-anon']) {
    const list = (await qemu?.ask('qom-list', { path: folder })) as {
      name: string;
      type: string;
    }[];
    for (const { name, type } of list.filter((one) => /net|e1000|rtl/.test(one.type))) {
      const path = `${folder}/${name}`;
      expect(type).toMatch(/^child</);
      found.set(String(await qemu?.ask('qom-get', { path, property: 'netdev' })), path);
    }
  }
  return found;
}

async function checkSockets({ ports }: Rewrite, chardevs: readonly Properties[]) {
  const found = (await qemu?.ask('query-chardev')) as Record<string, unknown>[];
  for (const { path, listener } of ports) {
    const chardev = chardevs.find((one) => get(one, 'path') === path) as Properties;
    expect(found).toContainEqual({
      label: get(chardev, 'id'),
      'frontend-open': true,
      filename: listener === 'switch' ? dialled(path) : expect.stringContaining(path),
    });
  }
}

/** `prealloc`: all objects have it. */
async function checkMemory(objects: readonly Properties[], prealloc: boolean) {
  const found = (await qemu?.ask('query-memdev')) as Record<string, unknown>[];
  for (const object of objects) {
    const type = get(object, 'qom-type') ?? '';
    if (!type.startsWith('memory-backend-')) continue;
    const id = get(object, 'id');
    expect(found).toContainEqual(
      expect.objectContaining({
        id,
        share: isOn(get(object, 'share')),
        prealloc: prealloc || isOn(get(object, 'prealloc')),
        policy: get(object, 'policy') ?? 'default',
      }),
    );
  }
}

function inWords(value: unknown): string {
  return typeof value === 'boolean' ? (value ? 'on' : 'off') : String(value);
}
