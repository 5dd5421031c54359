/**
 * The plugin of CNI before and behind Debian's (setup/podman-parts), called in the order in which libcni calls a list's:
 * each ADD with what the one before has answered, CHECK and DEL with the result of all, DEL from the last to the first.
 * Needs root.
 */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { cached } from '../../lab/cache.js';
import { VERSIONS } from '../../src/cni/call/version.js';
import { readInterfaces } from '../../src/networks/interfaces.js';
import { makeNodeFolder } from '../../src/networks/nodes.js';
import { Chain, DONE, nodesOf, PLUGINS, type Plugin } from '../cni/chain.js';
import { type Bench, withBench } from './bench.js';
import { ip, tcp } from './tap.js';

const PARTS = cached('podman');

/** Why it cannot be tried here. */
function obstacle(): string | undefined {
  if (process.getuid?.() !== 0) return 'only root may do this';
  if (!existsSync(PARTS) || existsSync(join(PLUGINS, 'bridge'))) return undefined;
  return "podman's parts have no plugins of CNI";
}

const why = obstacle();
if (why !== undefined) console.log(`cni-chain.test.ts: skipped, ${why}`);

/** The bridge of Debian's plugin, and nobody else's. */
const BRIDGE = `cb${process.pid}`;
const namespaces: string[] = [];
let folder: string;

beforeAll(() => {
  if (why !== undefined) return;
  expect(existsSync(PARTS), 'run: bash setup/podman-parts').toBe(true);
  makeNodeFolder();
});
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vmlane-chain-'));
});
afterEach(async () => {
  for (const name of namespaces.splice(0)) {
    await execa('ip', ['netns', 'del', name], { reject: false });
    // Of a test that has failed.
    for (const node of nodesOf(name)) rmSync(node, { force: true });
  }
  await execa('ip', ['link', 'del', BRIDGE], { reject: false });
  rmSync(folder, { recursive: true });
});

let made = 0;

/** A container, with nothing in it. */
async function chain(version: string, ...plugins: Plugin[]): Promise<Chain> {
  made++;
  const name = `chain-${process.pid}-${made}`;
  await ip('netns', 'add', name);
  namespaces.push(name);
  return new Chain(name, version, plugins, folder);
}

/** Ours, which this host lets do what it asks for. */
function ours({ one }: Bench, more: object = {}): Plugin {
  const offer = { 'control-sockets': [one.socket], 'socket-folders': [join(one.folder, 'guests')] };
  const text = JSON.stringify({ ...offer, vlans: 7 });
  writeFileSync(join(folder, 'cni.yaml'), text, { mode: 0o644 });
  return { type: 'vmlane-cni', controlSocket: one.socket, vlan: 7, ...more };
}

/** Debian's host-local: one address per container and interface in each folder. */
const hostLocal = (subnet: string, more: object = {}) => ({
  ipam: {
    ...{ type: 'host-local', dataDir: join(folder, subnet.replace('/', '-')) },
    ...{ ranges: [[{ subnet }]], ...more },
  },
});

const bridge = (): Plugin => ({
  ...{ type: 'bridge', bridge: BRIDGE },
  ...hostLocal('10.9.4.0/24', { routes: [{ dst: '0.0.0.0/0' }] }),
});

const tuning = (more: object): Plugin => ({
  ...{ type: 'tuning', dataDir: join(folder, 'tuning') },
  ...more,
});

/** What is left of it on this host, and in the switch. */
async function left(bench: Bench, { name: container, result }: Chain): Promise<string[]> {
  const own = result.interfaces.map(({ name }: { name: string }) => name);
  const present = (await readInterfaces()).map(({ name }) => name);
  const ports = (await bench.client.ports()).map(({ name }) => name);
  return [
    ...present.filter((name) => name !== BRIDGE && name !== 'eth0' && own.includes(name)),
    ...ports,
    ...nodesOf(container).filter((node) => existsSync(node)),
  ];
}

/** host-local keeps its lock, and the address that it gave last. */
function addressesHeld(subnet: string): string[] {
  const all = readdirSync(join(folder, subnet.replace('/', '-'), 'chain'));
  return all.filter((name) => /^[\d.]+$/.test(name));
}

/** What Debian's plugins speak. */
const BOTH = VERSIONS.filter((version) => version !== '1.1.0');

it.skipIf(why !== undefined).each(BOTH)(
  'tuning and sbr behind us change what we gave, and every CHECK still agrees: %s',
  (version) =>
    withBench(async (bench) => {
      const route = { routes: [{ dst: '0.0.0.0/0' }] };
      const one = await chain(
        version,
        ours(bench, { mtu: 1400, ...hostLocal('10.9.5.0/24', route) }),
        tuning({ mtu: 1300, sysctl: { 'net.ipv4.conf.eth0.arp_filter': '1' } }),
        { type: 'sbr' },
      );
      expect(await one.add()).toBeUndefined();
      expect(one.result).toMatchObject({
        cniVersion: version,
        interfaces: [{}, { name: 'eth0', sandbox: one.netns }],
        ips: [{ address: '10.9.5.2/24', gateway: '10.9.5.1', interface: 1 }],
        routes: [{ dst: '0.0.0.0/0' }],
      });
      expect(await one.setting('eth0/arp_filter')).toBe('1');
      expect(await one.inside('link', 'show', 'eth0')).toContain('mtu 1300');
      // Which sbr has moved into a table of its own.
      expect(await one.inside('route')).not.toContain('default');
      expect(await one.check()).toBeUndefined();
      await one.inside('link', 'set', 'eth0', 'mtu', '1500');
      expect((await one.check()).msg).toBe('eth0: its MTU is 1500, and 1400 on the host');
      await one.del();
      // sbr misses the interface then, which DEL of ours has taken away.
      await one.del(({ type }) => type !== 'sbr');
      expect(await left(bench, one)).toEqual([]);
      expect(addressesHeld('10.9.5.0/24')).toEqual([]);
      expect(await one.inside('-brief', 'link')).not.toContain('eth0');
    }),
);

it.skipIf(why !== undefined)("CHECK sees that tuning has given a MAC that is not the port's", () =>
  withBench(async (bench) => {
    const mac = '02:00:00:00:99:01';
    const one = await chain('1.0.0', ours(bench), tuning({ mac }));
    expect(await one.add()).toBeUndefined();
    expect(one.result.interfaces[1]).toMatchObject({ name: 'eth0', mac });
    const [port] = await bench.client.ports();
    const { msg } = await one.check();
    expect(msg).toMatch(/^port cni:.*: its MAC is 02:.*, and not 02:00:00:00:99:01$/);
    // Whom the switch lets have others it has no objection to.
    await bench.client.setPort({ name: port?.name ?? '', other_macs: 1 });
    expect(await one.check()).toBeUndefined();
    await one.del();
    expect(await left(bench, one)).toEqual([]);
  }),
);

it.skipIf(why !== undefined).each(BOTH)(
  'behind bridge, an interface beside its own: %s',
  (version) =>
    withBench(async (bench) => {
      const own = ours(bench, { interfaceName: 'net1', ...hostLocal('10.9.6.0/24') });
      const [one, two] = [await chain(version, bridge(), own), await chain(version, bridge(), own)];
      for (const each of [one, two]) expect(await each.add()).toBeUndefined();
      const family = version === '0.4.0' ? { version: '4' } : {};
      expect(one.result).toEqual({
        cniVersion: version,
        interfaces: [
          expect.objectContaining({ name: BRIDGE }),
          expect.objectContaining({ name: expect.stringMatching(/^veth/) }),
          { name: 'eth0', mac: expect.any(String), sandbox: one.netns },
          { name: expect.stringMatching(/^cnh/) },
          { name: 'net1', mac: expect.stringMatching(/^02:/), sandbox: one.netns },
        ],
        ips: [
          { ...family, address: '10.9.4.2/24', gateway: '10.9.4.1', interface: 2 },
          { ...family, address: '10.9.6.2/24', gateway: '10.9.6.1', interface: 4 },
        ],
        routes: [{ dst: '0.0.0.0/0' }],
        dns: {},
      });
      expect((await bench.client.ports()).map(({ vlan, mac }) => ({ vlan, mac }))).toEqual(
        [one, two].map(({ result }) => ({ vlan: 7, mac: result.interfaces[4].mac })),
      );
      const at = (address: string, { name }: Chain) => ({ name, address, mac: '' });
      await tcp(at('10.9.6.2', one), at('10.9.6.3', two), 1);
      await tcp(at('10.9.4.2', one), at('10.9.4.3', two), 1);
      // CHECK of bridge would not pass: it looks for all addresses at its own interface.
      const checks = [one, two].map((each) => each.run('CHECK', own, { prevResult: each.result }));
      expect(await Promise.all(checks)).toEqual([DONE, DONE]);
      await Promise.all([one.del(), two.del()]);
      await one.del();
      for (const each of [one, two])
        expect(await each.inside('-brief', 'link')).not.toMatch(/eth0|net1/);
      expect([...(await left(bench, one)), ...(await left(bench, two))]).toEqual([]);
    }),
);

it.skipIf(why !== undefined)(
  'behind bridge, a socket beside its interface; never a second thing of that name',
  () =>
    withBench(async (bench) => {
      const socketFolder = join(bench.one.folder, 'guests');
      mkdirSync(socketFolder);
      const socket = ours(bench, { mode: 'virtio-user', socketFolder });
      for (const plugin of [ours(bench), socket]) {
        const one = await chain('1.0.0', bridge(), plugin);
        expect(await one.add()).toEqual({
          ...{
            cniVersion: '1.0.0',
            code: 7,
            msg: 'interface eth0: a plugin before this one has made it',
          },
          details: 'give interfaceName, the name of one beside it',
        });
        await one.del();
        expect(await bench.client.ports()).toEqual([]);
      }
      // Two sockets would be in one folder.
      const two = await chain('1.0.0', socket, { ...socket, interfaceName: 'net1' });
      expect(await two.add()).toMatchObject({
        code: 7,
        msg: expect.stringMatching(/^interface net1: its socket would be that of port cni:/),
      });
      expect(readdirSync(socketFolder)).toEqual([`${two.name}@eth0`]);
      expect(await bench.client.ports()).toHaveLength(1);
      await two.del();
      const one = await chain('1.0.0', bridge(), { ...socket, interfaceName: 'net1' });
      expect(await one.add()).toBeUndefined();
      expect(one.result.interfaces.slice(3)).toEqual([
        { name: 'net1', mac: expect.stringMatching(/^02:/), sandbox: one.netns },
      ]);
      expect(one.result.ips).toHaveLength(1);
      // Named by what the runtime, and so a hook, knows.
      expect(readdirSync(socketFolder)).toEqual([`${one.name}@eth0`]);
      expect(await one.check()).toBeUndefined();
      await one.del();
      await one.del();
      expect(await left(bench, one)).toEqual([]);
      expect(readdirSync(socketFolder)).toEqual([]);
    }),
);

it.skipIf(why !== undefined)('ADD twice is an error, and takes nothing away', () =>
  withBench(async (bench) => {
    const own = ours(bench, { interfaceName: 'net1' });
    const one = await chain('1.0.0', bridge(), own);
    expect(await one.add()).toBeUndefined();
    const prevResult = { ...one.result, interfaces: one.result.interfaces.slice(0, 3) };
    const again = await one.run('ADD', own, { prevResult });
    expect(again.answer).toMatchObject({ code: 101, msg: expect.stringContaining('net1') });
    // As a runtime does it, from the first on.
    const { result } = one;
    expect(await one.add()).toMatchObject({ msg: expect.stringContaining('eth0') });
    expect(one.result).toBe(result);
    expect(await one.check()).toBeUndefined();
    await one.del();
    expect(await left(bench, one)).toEqual([]);
  }),
);

it.skipIf(why !== undefined)(
  'two of us in a list: neither STATUS nor GC of one touches what is of the other',
  () =>
    withBench(async (bench) => {
      const [first, second] = [ours(bench), ours(bench, { interfaceName: 'net1' })];
      // Debian's bridge does not speak this version yet, and says so.
      const older = await chain('1.1.0', bridge(), second);
      expect(await older.add()).toMatchObject({ code: 1 });
      const one = await chain('1.1.0', first, second);
      expect(await one.add()).toBeUndefined();
      const names = one.result.interfaces.map(({ name }: { name: string }) => name);
      expect([names[1], names[3]]).toEqual(['eth0', 'net1']);
      expect(await one.check()).toBeUndefined();
      const statuses = one.plugins.map((plugin) => one.run('STATUS', plugin));
      expect(await Promise.all(statuses)).toEqual([DONE, DONE]);
      const gc = (plugin: Plugin, ...valid: object[]) =>
        one.run('GC', plugin, { 'cni.dev/valid-attachments': valid });
      const valid = { containerID: one.name, ifname: 'eth0' };
      const gcs = one.plugins.map((plugin) => gc(plugin, valid));
      expect(await Promise.all(gcs)).toEqual([DONE, DONE]);
      expect(await one.check()).toBeUndefined();
      expect(await gc(second)).toEqual(DONE);
      expect(await one.inside('-brief', 'link')).toMatch(/eth0/);
      expect(await one.inside('-brief', 'link')).not.toMatch(/net1/);
      expect(await bench.client.ports()).toHaveLength(1);
      expect(await gc(first)).toEqual(DONE);
      await one.del();
      expect(await left(bench, one)).toEqual([]);
    }),
);
