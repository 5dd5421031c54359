/** virtio-forwarder's file, taken over into the switch's settings. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { importForwarder } from '../../src/relays/index.js';
import { readSwitchSettings } from '../../src/switch/index.js';
import { vmlane } from '../cli/test-io.js';
import { inFolder } from '../switch/folder.js';

const FILE = join(import.meta.dirname, '../data/relays/virtioforwarder');
const TOKEN = '14d63f20-8445-11ea-8900-1f9ce7d5650d';

const text = readFileSync(FILE, 'utf8');

describe('a file with all settings', () => {
  it('becomes settings of the switch', () => {
    const { set } = importForwarder(text, FILE);
    const of = (relay: number, more: object) => ({
      device: `0000:05:08.${relay}`,
      path: `/tmp/virtio-forwarder/vf${relay}.sock`,
      listener: 'qemu',
      ...more,
    });
    expect(set).toEqual({
      ...{ cpus: [0, 1], mergeable: true, group: 'kvm' },
      ...{ balance: 1, 'balance-sensitivity': 25, 'balance-interval': 5 },
      ...{ 'relay.1': of(1, { cpus: 1 }), 'relay.2': of(2, { cpus: [0, 1] }) },
      'relay.3': of(3, {}),
    });
  });

  it('says of each line what became of it, and of the token nothing', () => {
    const { rows } = importForwarder(text, FILE);
    expect(JSON.stringify(rows)).not.toContain(TOKEN);
    const said = (name: string) => rows.filter((row) => row.name === name);
    expect(said('VIRTIOFWD_VFIO_VF_TOKEN')).toMatchObject([{ line: 17, verdict: 'not needed' }]);
    expect(said('VIRTIOFWD_VFIO_VF_TOKEN')[0]?.what).toContain('makes its own');
    expect(rows.map(({ name, verdict }) => `${name} ${verdict}`)).toEqual([
      'VIRTIOFWD_CPU_MASK taken',
      'VIRTIOFWD_LOG_LEVEL not served',
      'VIRTIOFWD_IPC_PORT_CONTROL not served',
      'VIRTIOFWD_OVSDB_SOCK_PATH default',
      'VIRTIOFWD_JUMBO taken',
      'VIRTIOFWD_MRGBUF taken',
      'VIRTIOFWD_TSO default',
      'VIRTIOFWD_SOCKET_OWNER not needed',
      'VIRTIOFWD_SOCKET_GROUP taken',
      'VIRTIOFWD_HUGETLBFS_MOUNT_POINT not needed',
      'VIRTIOFWD_STATIC_VFS taken',
      'VIRTIOFWD_DYNAMIC_SOCKETS default',
      'VIRTIOFWD_CPU_NIC_SAME_NUMA not needed',
      'VIRTIOFWD_VFIO_VF_TOKEN not needed',
      'VIO4WD_CORE_SCHED_ENABLE taken',
      'VIO4WD_CORE_SCHED_SENSITIVITY taken',
      'VIO4WD_CORE_SCHED_LOG_LEVEL not served',
      'VIO4WD_CORE_SCHED_POLL_INTERVAL taken',
      'VIO4WD_CORE_SCHED_GLOBAL_NUMA_OPT not needed',
      'VIRTIOFWD_CPU_PINS taken',
      'VIRTIOFWD_PID_DIR not needed',
      'VIRTIOFWD_ZMQ_CONFIG_EP default',
      'VIRTIOFWD_ZMQ_PORT_CONTROL_EP not needed',
      'VIRTIOFWD_ZMQ_STATS_EP not needed',
      'VIRTIOFWD_ZMQ_CORE_SCHED_EP not needed',
      'VIRTIOFWD_SOCKET_DIR taken',
      'VIRTIOFWD_SOCKET_FNAME_PATTERN taken',
      'VIRTIOFWD_BINARY not needed',
      'VIRTIOFWD_MASTER_LCORE not needed',
      'VIRTIOFWD_VHOST_CLIENT ignored',
      'VIRTIOFWD_ZERO_COPY not served',
      'VIRTIOFWD_BIND_VFIO_PCI not served',
      'VIRTIOFWD_TS0 ignored',
      'LANG ignored',
      ' ignored',
      'VIRTIOFWD_VHOST_CLIENT taken',
    ]);
    const [, second] = said('VIRTIOFWD_VHOST_CLIENT');
    expect(second?.what).toBe('listener qemu of relay 1, 2, 3');
    expect(said('VIRTIOFWD_TS0')[0]?.what).toContain('did you mean VIRTIOFWD_TSO?');
    expect(said('VIRTIOFWD_CPU_PINS')[0]?.what).toBe(
      "cpus of relay 1, 2, 3, which the balancer never moves; relay 9 is not static: --pin of 'vmlane relay add'",
    );
    expect(said('VIRTIOFWD_BIND_VFIO_PCI')[0]?.what).toBe(
      'the switch binds nothing: vmlane sriov bind ens3/0 to ens3/1; vmlane sriov bind 0000:05:08.1',
    );
  });

  it('is written by the command, where the switch reads it; again, it changes nothing', () =>
    inFolder(async (folder) => {
      const settings = join(folder, 'switch.yaml');
      writeFileSync(settings, '# ours\nageing: 60\n', { mode: 0o644 });
      const run = (...more: string[]) =>
        vmlane(['relay', 'import', FILE, '--settings', settings, ...more]);
      const dry = await run('--dry-run');
      expect([dry.status, dry.err]).toEqual([0, `vmlane: ${settings} would change\n`]);
      expect(dry.out).toContain('+relay:');
      expect(readFileSync(settings, 'utf8')).toBe('# ours\nageing: 60\n');
      const done = await run('--json');
      expect(done.status).toBe(0);
      expect(JSON.parse(done.out)).toMatchObject({ changed: true, file: settings });
      expect(`${dry.out}${done.out}${readFileSync(settings, 'utf8')}`).not.toContain(TOKEN);
      expect(readSwitchSettings(settings).settings).toMatchObject({
        ...{ ageing: 60, cpus: [0, 1], mergeable: true, group: 'kvm' },
        ...{ balance: 1, 'balance-sensitivity': 25, 'balance-interval': 5 },
        relay: [
          { name: '1', device: '0000:05:08.1', listener: 'qemu', cpus: [1, 1] },
          { name: '2', path: '/tmp/virtio-forwarder/vf2.sock', cpus: [0, 1] },
          { name: '3', cpus: undefined },
        ],
      });
      expect(JSON.parse((await run('--json')).out)).toMatchObject({ changed: false });
    }));
});

it('sockets come later, or where they usually are, and QEMU dials unless the file says otherwise', () => {
  const later = importForwarder(
    'VIRTIOFWD_STATIC_VFS=05:08.1=7\nVIRTIOFWD_DYNAMIC_SOCKETS=1\n',
    'f',
  );
  expect(later.set).toEqual({ 'relay.7': { device: '0000:05:08.1', path: 'none' } });
  const usual = importForwarder('VIRTIOFWD_STATIC_VFS=05:08.1=7\nVIRTIOFWD_VHOST_CLIENT=', 'f');
  expect(usual.set).toEqual({
    'relay.7': { device: '0000:05:08.1', path: '/tmp/virtio-forwarder/virtio-forwarder7.sock' },
  });
  expect(usual.rows[1]).toMatchObject({ verdict: 'taken', what: 'listener switch of relay 7' });
});

const BAD: readonly [text: string, message: string][] = [
  ['VIO4WD_CORE_SCHED_ENABLE=maybe', 'CORE_SCHED_ENABLE: got "maybe"; give true or false'],
  ['VIO4WD_CORE_SCHED_SENSITIVITY=25', 'SENSITIVITY: got "25"; give a share from 0.01 to 1'],
  ['VIO4WD_CORE_SCHED_SENSITIVITY=0', 'SENSITIVITY: got "0"; give a share from 0.01 to 1'],
  ['VIO4WD_CORE_SCHED_SENSITIVITY=0.255', 'SENSITIVITY: got "0.255"; give a share'],
  ['VIO4WD_CORE_SCHED_POLL_INTERVAL=0', 'POLL_INTERVAL: got "0"; give whole seconds from 1 to'],
  ['VIO4WD_CORE_SCHED_POLL_INTERVAL=0.5', 'POLL_INTERVAL: got "0.5"; give whole seconds'],
  ['VIRTIOFWD_CPU_MASK=a', 'line 1: VIRTIOFWD_CPU_MASK: got "a"; give different numbers'],
  ['VIRTIOFWD_CPU_MASK=1,1', 'VIRTIOFWD_CPU_MASK: got "1,1"; give different numbers'],
  ['VIRTIOFWD_CPU_MASK=1-3', 'VIRTIOFWD_CPU_MASK: got "1-3"; give different numbers'],
  ['VIRTIOFWD_CPU_MASK=1024', 'VIRTIOFWD_CPU_MASK: got "1024"; give different numbers'],
  ['VIRTIOFWD_CPU_MASK=0x0', 'VIRTIOFWD_CPU_MASK: is a mask of no processor; give'],
  ['VIRTIOFWD_CPU_MASK=1,2 # two', 'VIRTIOFWD_CPU_MASK: got "1,2 # two"; give different numbers'],
  ['\nVIRTIOFWD_CPU_MASK="1,2', 'line 2: VIRTIOFWD_CPU_MASK: its quote is not closed; close it'],
  ['VIRTIOFWD_CPU_MASK=$CPUS', "has a $ or ` that virtio-forwarder's shell replaces; write the"],
  ['VIRTIOFWD_SOCKET_DIR=`pwd`', "has a $ or ` that virtio-forwarder's shell replaces; write"],
  [
    'export VIRTIOFWD_TSO=y',
    'line 1: "export VIRTIOFWD_TSO": is no name of a variable; write NAME=',
  ],
  ['VIRTIOFWD_CPU_PINS=1', 'VIRTIOFWD_CPU_PINS: got "1"; give RELAY:CPU or RELAY:CPU,CPU'],
  ['VIRTIOFWD_CPU_PINS=64:1', 'VIRTIOFWD_CPU_PINS: got "64:1"; give RELAY:CPU'],
  ['VIRTIOFWD_CPU_PINS=(1:1 1:2)', 'VIRTIOFWD_CPU_PINS: relay 1 is there twice; remove one'],
  ['VIRTIOFWD_CPU_PINS=(1:1', 'VIRTIOFWD_CPU_PINS: its list is not closed; write it in one line'],
  ['VIRTIOFWD_CPU_MASK=0\nVIRTIOFWD_CPU_PINS=1:1', 'line 2: VIRTIOFWD_CPU_PINS: cpu 1 is not in V'],
  ['VIRTIOFWD_STATIC_VFS=05:08.1', 'VIRTIOFWD_STATIC_VFS: got "05:08.1"; give ADDRESS=RELAY'],
  ['VIRTIOFWD_STATIC_VFS=eth0=1', 'VIRTIOFWD_STATIC_VFS: got "eth0=1"; give ADDRESS=RELAY'],
  ['VIRTIOFWD_STATIC_VFS=05:28.1=1', 'VIRTIOFWD_STATIC_VFS: got "05:28.1=1"; give ADDRESS'],
  ['VIRTIOFWD_STATIC_VFS=05:08.1=64', 'relay 64 of 0000:05:08.1; give one from 0 to 63'],
  ['VIRTIOFWD_STATIC_VFS=(05:08.1=1 05:08.2=1)', 'STATIC_VFS: relay 1 is there twice; a relay'],
  ['VIRTIOFWD_STATIC_VFS=(05:08.1=1 0000:05:08.1=2)', '0000:05:08.1 is there twice; a relay takes'],
  ['VIRTIOFWD_STATIC_VFS=(05:08.1=1\n05:08.2=2)', 'line 1: VIRTIOFWD_STATIC_VFS: its list is not'],
  ['VIRTIOFWD_SOCKET_DIR=tmp', 'VIRTIOFWD_SOCKET_DIR: "tmp" is not absolute; give a path'],
  ['VIRTIOFWD_SOCKET_DIR=/tmp/../x', 'VIRTIOFWD_SOCKET_DIR: "/tmp/../x" is not normalised'],
  [
    `VIRTIOFWD_STATIC_VFS=05:08.1=1\nVIRTIOFWD_SOCKET_DIR=/${'d'.repeat(90)}`,
    'line 2: VIRTIOFWD_SOCKET_DIR: /ddd',
  ],
  [
    'VIRTIOFWD_SOCKET_FNAME_PATTERN=a.sock',
    'FNAME_PATTERN: got "a.sock"; give a name with exactly',
  ],
  ['VIRTIOFWD_SOCKET_FNAME_PATTERN=%u%u', 'FNAME_PATTERN: got "%u%u"; give a name with exactly'],
  ['VIRTIOFWD_SOCKET_FNAME_PATTERN=a/%u', 'FNAME_PATTERN: got "a/%u"; give a name with exactly'],
  ['VIRTIOFWD_SOCKET_FNAME_PATTERN=%d%u', 'FNAME_PATTERN: got "%d%u"; give a name with exactly'],
  ['VIRTIOFWD_SOCKET_GROUP="a b"', 'VIRTIOFWD_SOCKET_GROUP: got "a b"; give the name of a group'],
  ['VIRTIOFWD_BIND_VFIO_PCI=ens3:', 'VIRTIOFWD_BIND_VFIO_PCI: got "ens3:"; give addresses, and'],
  ['VIRTIOFWD_BIND_VFIO_PCI=a,,b', 'VIRTIOFWD_BIND_VFIO_PCI: got ""; give addresses, and'],
  [
    `VIRTIOFWD_VFIO_VF_TOKEN="${TOKEN}`,
    'line 1: VIRTIOFWD_VFIO_VF_TOKEN: its quote is not closed; close it',
  ],
];

it('what cannot be is one line, with file and line; nothing is written', () =>
  inFolder(async (folder) => {
    const [file, settings] = [join(folder, 'fwd'), join(folder, 'switch.yaml')];
    for (const [input, message] of BAD) {
      writeFileSync(file, input);
      const ran = await vmlane(['relay', 'import', file, '--settings', settings]);
      expect([input, ran.status, ran.out]).toEqual([input, 2, '']);
      expect(ran.err).toContain(message);
      expect(ran.err).toMatch(/^vmlane: [^\n]*\n$/);
      expect(ran.err).toContain(`${file}: line `);
      expect(ran.err).not.toContain(TOKEN);
      expect(() => readFileSync(settings)).toThrow('ENOENT');
    }
    mkdirSync(join(folder, 'none'));
    for (const name of ['none', 'missing']) {
      const ran = await vmlane(['relay', 'import', join(folder, name), '--settings', settings]);
      expect([ran.status, ran.out]).toEqual([2, '']);
    }
    writeFileSync(file, 'VIRTIOFWD_CPU_MASK=900\n');
    const absent = await vmlane(['relay', 'import', file, '--settings', settings]);
    expect([absent.status, absent.out]).toEqual([2, '']);
    expect(absent.err).toContain('cpu 900 this process may not run there');
  }));
