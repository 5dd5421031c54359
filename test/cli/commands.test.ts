/**
 * Every command in the same situations: exit codes mean the same for all, what --json prints is
 * snake_case, and its errors are JSON.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { allGroups } from '../../src/cli/commands/index.js';
import { connect, type Libvirt } from '../../src/libvirt/index.js';
import { xmlOf } from '../domain/convert/cases.js';
import { restore, TEST_DRIVER } from '../libvirt/test-driver.js';
import { makeTree } from '../sriov/tree.js';
import { type RealSwitch, startRealSwitch } from '../switch/real-switch.js';
import { vmlane } from './test-io.js';

const groups = await allGroups();

/** What a command line meets, and the exit code of every command that can meet it. */
const CODES = {
  /** A file, port, domain, NIC or device that does not exist. */
  unknown: 2,
  /** A value, or options, that cannot be. */
  bad: 2,
  noSwitch: 1,
  noLibvirt: 1,
  done: 0,
  nothing: 0,
} as const;

type Row = { [situation in keyof typeof CODES]?: string | readonly string[] };

/** In this order; `@` stands for the command, words in capitals for what `world` has. */
const ROWS: Readonly<Record<string, Row>> = {
  'domain generate': {
    unknown: '@ DIR/none.yaml',
    bad: '@ SPEC --libvirt-version x',
    done: '@ SPEC',
  },
  'domain schema': { done: '@' },
  'domain example': { unknown: '@ nothing', bad: '@ a b', done: ['@', '@ server'] },
  'domain convert': {
    unknown: ['@ --domain nobody TEST', '@ DIR/taps.xml --nic 52:54:00:00:00:99'],
    bad: '@ DIR/taps.xml --revert --nic 0',
    noLibvirt: '@ --domain web1 NOLIBVIRT',
    done: '@ DIR/taps.xml',
    nothing: '@ DIR/web1.xml',
  },
  'domain validate': {
    unknown: '@ --domain nobody TEST',
    bad: '@',
    noLibvirt: '@ --domain web1 NOLIBVIRT',
    done: '@ DIR/web1.xml --offline',
  },
  'domain define': {
    unknown: '@ DIR/none.xml TEST',
    bad: '@ DIR/web2.xml --template DIR/web1.xml TEST',
    noLibvirt: '@ DIR/web2.xml NOLIBVIRT',
    done: '@ DIR/web2.xml TEST',
    nothing: '@ DIR/web2.xml TEST',
  },
  'domain apply': {
    unknown: '@ -f DIR/none TEST',
    bad: '@ -f DIR/webs --timeout 0 TEST',
    noLibvirt: '@ -f DIR/webs NOLIBVIRT',
    done: '@ -f DIR/webs TEST SWITCH',
    nothing: '@ -f DIR/webs TEST SWITCH',
  },
  'domain start': {
    unknown: '@ nobody TEST SWITCH',
    bad: '@ web1 TEST --control-socket=',
    noSwitch: '@ web1 TEST NOSWITCH',
    noLibvirt: '@ web1 NOLIBVIRT SWITCH',
    done: '@ web1 TEST SWITCH',
    nothing: '@ web1 TEST SWITCH',
  },
  'domain migrate': {
    unknown: '@ nobody nowhere.invalid TEST',
    bad: [
      '@ web1 -- -oProxyCommand=x',
      '@ web1 a/b TEST',
      '@ web1 qemu:///system TEST',
      '@ web1 qemu:///system --ssh h TEST',
      '@ web1 qemu+tls://h/system TEST',
      '@ web1 h --migrate-uri unix:/x TEST',
      '@ web1 h --ssh a@b@c TEST',
    ],
    noLibvirt: '@ web1 h NOLIBVIRT',
  },
  'domain list': { bad: '@ all', noLibvirt: '@ NOLIBVIRT', done: '@ TEST SWITCH' },
  'domain show': {
    unknown: '@ nobody TEST SWITCH',
    bad: '@',
    noLibvirt: '@ web1 NOLIBVIRT',
    done: '@ web1 TEST SWITCH',
  },
  'domain attach': {
    unknown: '@ nobody TEST SWITCH',
    bad: ['@ web1 --vlan 5000', '@ web1 --mac x TEST SWITCH'],
    noSwitch: '@ web1 TEST NOSWITCH',
    noLibvirt: '@ web1 NOLIBVIRT SWITCH',
    done: '@ web1 --dry-run --socket-dir DIR TEST SWITCH',
    nothing: '@ web1 --mac 52:54:00:00:00:01 TEST SWITCH',
  },
  'domain detach': {
    unknown: ['@ nobody 52:54:00:00:00:01 TEST SWITCH', '@ web1 52:54:00:00:00:99 TEST SWITCH'],
    bad: '@ web1 x TEST SWITCH',
    noSwitch: '@ web1 52:54:00:00:00:01 TEST NOSWITCH',
    noLibvirt: '@ web1 52:54:00:00:00:01 NOLIBVIRT SWITCH',
    nothing: '@ web1 52:54:00:00:00:99 --if-exists TEST SWITCH',
  },
  'domain stop': {
    unknown: '@ nobody TEST SWITCH',
    bad: '@ web1 --timeout 0 TEST',
    noLibvirt: '@ web1 NOLIBVIRT',
    done: '@ web1 TEST SWITCH',
    nothing: '@ web1 TEST SWITCH',
  },
  'domain destroy': {
    unknown: '@ nobody TEST SWITCH',
    bad: '@ web1 web2 TEST',
    noLibvirt: '@ web1 NOLIBVIRT',
    done: '@ test TEST SWITCH',
    nothing: '@ test TEST SWITCH',
  },
  'domain undefine': {
    unknown: '@ nobody TEST',
    bad: '@ web2 --nvram --keep-nvram TEST',
    noLibvirt: '@ web2 NOLIBVIRT',
    done: '@ web2 TEST',
  },
  'switch start': {
    bad: ['@ --cpus x SWITCH', '@ --control-socket /nonexistent/x.sock'],
    done: '@ --dry-run SWITCH',
    nothing: '@ --idle-sleep 1000 SWITCH',
  },
  'switch stop': { bad: '@ now', nothing: '@ NOSWITCH' },
  'switch add': {
    unknown: '@ --from DIR/none.yaml SWITCH',
    bad: ['@ b --path /run/b.sock --vlan 5000', '@ b SWITCH', '@ --from DIR/bad.yaml SWITCH'],
    noSwitch: '@ b --path DIR/b.sock NOSWITCH',
    done: ['@ b --path DIR/b.sock SWITCH', '@ --from DIR/ports.yaml SWITCH'],
    nothing: ['@ b --path DIR/b.sock SWITCH', '@ --from DIR/ports.yaml SWITCH'],
  },
  'switch ports': { bad: ['@ b', '@ --host -v'], noSwitch: '@ NOSWITCH', done: '@ SWITCH' },
  'switch show': {
    unknown: '@ nobody SWITCH',
    bad: '@',
    noSwitch: '@ b NOSWITCH',
    done: '@ b SWITCH',
  },
  'switch fdb': {
    unknown: '@ --port nobody SWITCH',
    bad: '@ --vlan 5000',
    noSwitch: '@ NOSWITCH',
    done: '@ SWITCH',
  },
  'switch stats': {
    unknown: '@ --port nobody SWITCH',
    bad: '@ --port=',
    noSwitch: '@ NOSWITCH',
    done: '@ SWITCH',
  },
  'switch trace': {
    unknown: '@ --from nobody --hex 0200 SWITCH',
    bad: ['@ --hex 02', '@ --from b SWITCH', '@ --from b --hex 0 SWITCH'],
    noSwitch: '@ --from b --hex 02 NOSWITCH',
    done: '@ --from b --hex 0200 SWITCH',
  },
  'switch top': {
    bad: ['@ --interval 0', '@ --sort x', '@ --host a,a'],
    noSwitch: '@ NOSWITCH',
    done: '@ --interval 0.1 --count 1 SWITCH',
  },
  'switch watch': { bad: '@ --event bogus', noSwitch: '@ NOSWITCH' },
  'switch info': { bad: '@ all', noSwitch: '@ NOSWITCH', done: '@ SWITCH' },
  'switch set': {
    unknown: '@ nobody --vlan 5 SWITCH',
    bad: ['@ b --vlan 5000', '@ b --ageing 60 SWITCH', '@ b --mac x SWITCH'],
    noSwitch: '@ b --vlan 5 NOSWITCH',
    done: ['@ b --vlan 5 SWITCH', '@ --ageing 60 SWITCH'],
    nothing: ['@ b --vlan 5 SWITCH', '@ --ageing 60 SWITCH'],
  },
  'switch settings': {
    unknown: '@ unset cpsu --settings DIR/settings.yaml SWITCH',
    bad: ['@ set --settings DIR/settings.yaml SWITCH', '@ --settings DIR/bad.yaml SWITCH'],
    done: ['@ set ageing=60 --settings DIR/settings.yaml SWITCH', '@ --settings DIR/settings.yaml'],
    nothing: '@ set ageing=60 --settings DIR/settings.yaml SWITCH',
  },
  'switch capture': {
    unknown: '@ nobody -w DIR/none.pcapng SWITCH',
    bad: ['@ b SWITCH', '@ b tcp udp -w DIR/none.pcapng SWITCH', '@ -w DIR --force SWITCH'],
    noSwitch: '@ b -w DIR/none.pcapng NOSWITCH',
    done: '@ b tcp --seconds 1 -w DIR/b.pcapng SWITCH',
    nothing: '@ b --seconds 1 -w DIR/b.pcapng --force SWITCH',
  },
  'switch remove': {
    unknown: '@ nobody SWITCH',
    bad: '@',
    noSwitch: '@ b NOSWITCH',
    done: '@ b SWITCH',
    nothing: '@ b --if-exists SWITCH',
  },
  'network add': {
    bad: [
      '@ lane --vlan 5000 SWITCH',
      '@ a/b --vlan 20 SWITCH',
      '@ lane --bridge no-bridge SWITCH',
    ],
    noSwitch: '@ lane --vlan 20 NOSWITCH',
    noLibvirt: '@ lane --libvirt default NOLIBVIRT SWITCH',
    done: '@ lane --vlan 20 --dry-run SWITCH',
  },
  'network list': { bad: '@ lane', noSwitch: '@ NOSWITCH', done: '@ SWITCH' },
  'network show': { unknown: '@ nothing SWITCH', bad: '@', noSwitch: '@ lane NOSWITCH' },
  'network remove': {
    unknown: '@ nothing SWITCH',
    bad: '@',
    noSwitch: '@ lane NOSWITCH',
    nothing: '@ nothing --if-exists SWITCH',
  },
  'relay add': {
    bad: ['@ a SWITCH', '@ a --pci-addr 01:10.0 --pci-addr 01:10.0 SWITCH', '@ -x SWITCH'],
    noSwitch: '@ a --device net_ring7 --path DIR/r.sock NOSWITCH',
    done: '@ a --device net_ring7 --path DIR/r.sock SWITCH',
    nothing: '@ a --device net_ring7 --path DIR/r.sock --conditional SWITCH',
  },
  'relay list': { bad: '@ a', noSwitch: '@ NOSWITCH', done: '@ SWITCH' },
  'relay stats': {
    unknown: '@ nobody SWITCH',
    bad: '@ --delay 0 SWITCH',
    noSwitch: '@ NOSWITCH',
    done: ['@ a --delay 1 SWITCH', '@ --include-inactive --delay 1 SWITCH'],
  },
  'relay query': {
    unknown: '@ --vhost-path DIR/none.sock SWITCH',
    bad: '@ SWITCH',
    noSwitch: '@ --vhost-path DIR/r.sock NOSWITCH',
    done: '@ --vhost-path DIR/r.sock SWITCH',
  },
  'relay add-socket': {
    unknown: '@ nobody --vhost-path DIR/r.sock SWITCH',
    bad: ['@ a SWITCH', '@ --vhost-path DIR/r.sock SWITCH', '@ a --vhost-path r.sock SWITCH'],
    noSwitch: '@ a --vhost-path DIR/r.sock NOSWITCH',
    nothing: '@ a --vhost-path DIR/r.sock --conditional SWITCH',
  },
  'relay remove-socket': {
    unknown: '@ --vhost-path DIR/none.sock SWITCH',
    bad: '@ SWITCH',
    noSwitch: '@ --vhost-path DIR/r.sock NOSWITCH',
    done: '@ --vhost-path DIR/r.sock SWITCH',
    nothing: '@ --vhost-path DIR/r.sock --conditional SWITCH',
  },
  'relay remove': {
    unknown: '@ nobody SWITCH',
    bad: '@ SWITCH',
    noSwitch: '@ a NOSWITCH',
    done: '@ a SWITCH',
    nothing: '@ a --conditional SWITCH',
  },
  'relay import': {
    unknown: '@ DIR/none --settings DIR/settings.yaml',
    bad: ['@', '@ DIR/bad.env --settings DIR/settings.yaml'],
    done: '@ DIR/forwarder.env --settings DIR/settings.yaml',
    nothing: '@ DIR/forwarder.env --settings DIR/settings.yaml',
  },
  'relay port-control': {
    bad: ['@ ad SWITCH', '@ add --virtio-id 1 SWITCH'],
    noSwitch: '@ remove --virtio-id 1 NOSWITCH',
    nothing: '@ remove --virtio-id 1 --conditional SWITCH',
  },
  'demo run': {
    unknown: ['@ --kernel DIR/none', '@ --busybox DIR/none'],
    bad: ['@ a', '@ --accel x'],
  },
  'doctor guest': {
    unknown: '@ nobody TEST SWITCH',
    bad: ['@ web1 web2 TEST', '@ TEST', '@ web1 --host a,'],
    noLibvirt: '@ web1 NOLIBVIRT',
  },
  'metrics export': {
    unknown: '@ --token-file DIR/none SWITCH',
    bad: ['@ --listen x', '@ --once', '@ --listen 0.0.0.0:0 SWITCH'],
    done: ['@ --file DIR/x.prom --once SWITCH', '@ --file DIR/y.prom --once NOSWITCH'],
    nothing: '@ --file DIR/x.prom --once SWITCH',
  },
  'web show': {
    unknown: '@ --token-file DIR/none SWITCH',
    bad: ['@ --listen x', '@ x', '@ --listen 0.0.0.0:0 SWITCH', '@ --listen unix:x SWITCH'],
  },
  'sriov list': { unknown: '@ ens9 TREE', bad: '@ TREE --root /nonexistent', done: '@ TREE' },
  'sriov limits': { unknown: '@ ens9 TREE', bad: '@ a b', done: '@ ens1f0 TREE' },
  'sriov plan': { unknown: '@ ens9 TREE', bad: '@ ens1f0 x TREE', done: '@ ens1f0 TREE' },
  'sriov set': {
    unknown: '@ ens9 4 TREE',
    bad: '@ ens1f0 x TREE',
    nothing: '@ ens1f1 2 TREE',
  },
  'sriov vf': {
    unknown: ['@ ens9 0 TREE', '@ ens1f0 99 TREE'],
    bad: '@ ens1f0 0 --vlan 5000 TREE',
    done: '@ ens1f0 0 TREE',
    nothing: '@ ens1f0 0 --vlan 100 --dry-run TREE',
  },
  'sriov bind': { unknown: '@ ens9/0 TREE', bad: '@ x/y/z TREE' },
  'sriov unbind': { unknown: '@ ens9/0 TREE', bad: '@ x/y/z TREE' },
  'sriov passthrough-ready': { unknown: '@ ens9/0 TREE', bad: '@ x/y/z TREE' },
  'sriov persist': { unknown: '@ ens9 TREE', bad: '@ TREE', done: '@ ens1f0 --dry-run TREE' },
  'sriov restore': { unknown: '@ DIR/none.json TREE', bad: '@ DIR/web1.xml TREE' },
  'wrap explain': { bad: '@', done: '@ -- -m 1G' },
  'wrap config': {
    unknown: '@ --guest nobody TEST',
    bad: '@ TEST',
    noLibvirt: '@ --guest web1 NOLIBVIRT',
    done: '@ --guest web1',
  },
  'wrap install': {
    unknown: '@ nobody --unchecked TEST',
    bad: '@',
    noLibvirt: '@ web1 --unchecked NOLIBVIRT',
    done: '@ web1 --unchecked --dry-run TEST',
  },
  'wrap path': { bad: '@ a', done: '@' },
  'wrap uninstall': {
    unknown: '@ nobody TEST',
    bad: '@',
    noLibvirt: '@ web1 NOLIBVIRT',
    nothing: '@ web1 TEST',
  },
  'hook install': {
    bad: '@ --control-socket x --root DIR',
    done: '@ --unchecked --root DIR',
    nothing: '@ --unchecked --root DIR',
  },
  'hook status': { bad: '@ all', done: '@ --root DIR' },
  'hook uninstall': { bad: '@ all', done: '@ --root DIR', nothing: '@ --root DIR' },
  'host check': { unknown: '@ --only pagse', bad: '@ --for x', done: '@ --only cpu' },
  'host explain': { bad: '@', done: '@ group 12 is not viable' },
  'host plan': {
    unknown: '@ DIR/none.yaml',
    bad: '@ SPEC --switch-memory x',
    done: '@ SPEC --switch-memory 0',
  },
  'completion print': { bad: ['@', '@ ksh'], done: ['@ bash', '@ zsh', '@ fish'] },
  'host setup': {
    bad: ['@ --root DIR', '@ --undo --vfio --root DIR'],
    nothing: '@ --undo --root DIR',
  },
};

const UUID = 'f0000000-0000-4000-8000-00000000000';
const NICS = `<interface type='vhostuser'><mac address='52:54:00:00:00:01'/><source type='unix' path='/run/a.sock' mode='server'/><model type='virtio'/></interface>`;
const domain = (name: string, n: number, nics = '') =>
  `<domain type='test'><name>${name}</name><uuid>${UUID}${n}</uuid><memory unit='MiB'>64</memory>
  <memoryBacking><source type='memfd'/><access mode='shared'/></memoryBacking>
  <os><type arch='x86_64'>hvm</type></os><devices><emulator>/usr/bin/qemu-system-x86_64</emulator>${nics}</devices></domain>`;
const SPEC = 'name: web3\nmemory: 64MiB\nvcpus: 1\nboot: {kernel: /boot/vmlinuz}\n';

let one: RealSwitch;
let libvirt: Libvirt;
let dir: string;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'vmlane-commands-'));
  const write = (name: string, text: string) => writeFileSync(join(dir, name), text);
  for (const name of ['webs', 'tree', 'switch']) mkdirSync(join(dir, name));
  makeTree(
    join(dir, 'tree'),
    readFileSync(join(import.meta.dirname, '../data/sriov/82576.tree'), 'utf8'),
  );
  write('spec.yaml', SPEC);
  write('taps.xml', xmlOf('taps'));
  write('web1.xml', domain('web1', 1, NICS));
  write('web2.xml', domain('web2', 2));
  // Sets are locked by name on the whole host: each file of tests has a name of its own.
  write('webs/web4.xml', domain('web4', 4));
  write('ports.yaml', `- {name: m.0, path: ${dir}/m0}\n- {name: m.1, path: ${dir}/m1, vlan: 7}\n`);
  write('forwarder.env', 'VIRTIOFWD_TSO=y\n');
  write('bad.env', 'VIRTIOFWD_CPU_MASK=x\n');
  write('bad.yaml', `- {name: n.0, path: ${dir}/n0, valn: 7}\n`);
  one = await startRealSwitch(join(dir, 'switch'));
  libvirt = await connect(TEST_DRIVER);
  await libvirt.define(domain('web1', 1, NICS));
}, 60_000);

afterAll(async () => {
  if (libvirt) await restore(libvirt);
  await libvirt?.close();
  await one?.end('SIGTERM');
  rmSync(dir, { recursive: true, force: true });
});

function wordsOf(line: string): string[] {
  const world: Readonly<Record<string, readonly string[]>> = {
    TEST: ['--connect', 'test:///default'],
    NOLIBVIRT: ['--connect', 'qemu+unix:///system?socket=/nonexistent/libvirt-sock'],
    SWITCH: ['--control-socket', one.socket],
    NOSWITCH: ['--control-socket', join(dir, 'none.sock')],
    TREE: ['--root', join(dir, 'tree')],
    SPEC: [join(dir, 'spec.yaml')],
  };
  return line.split(' ').flatMap((word) => world[word] ?? [word.replace('DIR', dir)]);
}

const commands = groups.flatMap((group) => group.commands);
const json = (path: string) =>
  'json' in (commands.find((one) => one.path.join(' ') === path)?.options ?? {});
const situations = Object.keys(CODES) as (keyof typeof CODES)[];

test('the table has every command, with something bad for each that takes anything', () => {
  expect(Object.keys(ROWS).sort()).toEqual(commands.map(({ path }) => path.join(' ')).sort());
  const none = Object.entries(ROWS).filter(([, row]) => row.bad === undefined);
  expect(none.map(([path]) => path)).toEqual(['domain schema']);
});

const lines = Object.entries(ROWS).flatMap(([path, row]) =>
  situations.flatMap((situation) =>
    [row[situation] ?? []]
      .flat()
      .map((line) => [situation, path, line.replace('@', path)] as const),
  ),
);

describe.sequential('exit codes and JSON', () => {
  test.each(lines)('%s: %s: vmlane %s', async (situation, path, line) => {
    const words = wordsOf(line);
    if (json(path))
      words.splice(words.includes('--') ? words.indexOf('--') : words.length, 0, '--json');
    const { status, out, err } = await vmlane(words, { env: { VMLANE_SETTINGS: '/nonexistent' } });
    expect([status, err]).toEqual([CODES[situation], err]);
    if (!json(path)) return;
    if (status === 0) return expect(capitals(JSON.parse(out))).toEqual([]);
    const last = err.trimEnd().split('\n').at(-1) ?? '';
    expect(out).toBe('');
    expect(JSON.parse(last).error).toMatchObject({ exit_code: status, remedy: expect.any(String) });
  });
});

/** Keys that are not snake_case. */
function capitals(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(capitals);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [
    ...(/^[a-z][a-z0-9_]*$/.test(key) ? [] : [key]),
    ...capitals(inner),
  ]);
}
