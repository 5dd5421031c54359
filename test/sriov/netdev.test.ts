/** A PF's own network interface among those that its function has. */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { persistFiles } from '../../src/sriov/persist/files.js';
import { savedOf } from '../../src/sriov/persist/saved.js';
import { readEndpoint } from '../../src/system/devices/pci.js';
import { readPfs } from '../../src/system/devices/vfs.js';
import { vmlane } from '../cli/test-io.js';
import { inTree } from './tree.js';

const PF = '0000:08:00.1';
const VF = '0000:08:01.2';
const FUNCTION = `  vendor = 0x15b3
  device = 0x101d
  class = 0x020000
  driver -> ../../drivers/mlx5_core
  sriov_totalvfs = 8
  sriov_numvfs = 1
  virtfn0 -> ../${VF}`;
const OTHER = `sys/bus/pci/devices/${VF}/
  vendor = 0x15b3
  device = 0x101e
  class = 0x020000
  physfn -> ../${PF}`;

/** Interfaces of the PF, with their files. */
function tree(nets: Record<string, Record<string, string>>): string {
  const files = Object.entries(nets).flatMap(([name, all]) =>
    Object.entries(all).map(([file, text]) => `  net/${name}/${file} = ${text}`),
  );
  return `sys/bus/pci/devices/${PF}/\n${FUNCTION}\n${files.join('\n')}\n${OTHER}`;
}

test.each([
  [
    'in switchdev mode, with representors that come first by name',
    {
      enp8s0f1_0: { phys_port_name: 'pf1vf0', address: '02:00:00:00:00:01', flags: '0x1003' },
      enp8s0f1_9: { phys_port_name: 'c1pf1vf9', address: '02:00:00:00:00:02', flags: '0x1003' },
      aaa: { phys_port_name: 'pf1hpf', address: '02:00:00:00:00:03', flags: '0x1003' },
      eth8: { phys_port_name: 'pf1sf88', address: '02:00:00:00:00:04', flags: '0x1003' },
      uplink: { phys_port_name: 'p1', address: '04:3f:72:00:00:01', flags: '0x1002' },
    },
    ['uplink'],
  ],
  [
    'with two ports, the second of which comes first by name',
    {
      eth1: { dev_port: '1', address: '04:3f:72:00:00:02', flags: '0x1003' },
      eth2: { dev_port: '0', address: '04:3f:72:00:00:01', flags: '0x1002' },
    },
    ['eth2', 'eth1'],
  ],
  [
    'by number where nothing else tells',
    {
      eth10: { address: '04:3f:72:00:00:02', flags: '0x1003' },
      eth9: { address: '04:3f:72:00:00:01', flags: '0x1002' },
    },
    ['eth9', 'eth10'],
  ],
  [
    'of sfc in switchdev mode',
    {
      a0: { phys_port_name: 'p0pf0vf0', address: '02:00:00:00:00:01', flags: '0x1003' },
      a1: { phys_port_name: 'p0if1pf0', address: '02:00:00:00:00:02', flags: '0x1003' },
      eth0: { phys_port_name: 'p0', address: '04:3f:72:00:00:01', flags: '0x1002' },
    },
    ['eth0'],
  ],
  [
    'of mlx5 in switchdev mode, before Linux 5.0',
    {
      a0: { phys_port_name: '0', address: '02:00:00:00:00:01', flags: '0x1003' },
      eth0: { phys_port_name: '-1', address: '04:3f:72:00:00:01', flags: '0x1002' },
    },
    ['eth0'],
  ],
])('%s', (_, nets, names) =>
  inTree(
    '',
    async (root) => {
      const [pf] = readPfs(root);
      expect(pf?.nets.map(({ name }) => name)).toEqual(names);
      expect(pf?.nets[0]).toMatchObject({ mac: '04:3f:72:00:00:01', up: false });
      expect(readEndpoint(VF, root)?.pfNets.map(({ name }) => name)).toEqual(names);
      if (!pf) return;
      const saved = savedOf(pf, new Map(), undefined);
      const files = persistFiles('systemd', pf, saved, { node: '/n', main: '/m' });
      const unit = files.find(({ path }) => path.endsWith('.service'))?.text;
      expect(unit).toContain(`sys-subsystem-net-devices-${names[0]}.device`);
    },
    tree(nets),
  ),
);

test('representors are listed as what they are, beside the VF that each stands for', () =>
  inTree(
    '',
    async (root) => {
      expect(readPfs(root)[0]?.vfs.map(({ representor }) => representor)).toEqual(['enp8s0f1_0']);
      const { out } = await vmlane(['sriov', 'list', '--root', root]);
      expect(out).toMatch(/REPRESENTOR/);
      expect(out).toMatch(new RegExp(`${VF} .* enp8s0f1_0 `));
      const json = JSON.parse((await vmlane(['sriov', 'list', '--root', root, '--json'])).out);
      expect(json.vfs).toMatchObject([{ vf: 0, representor: 'enp8s0f1_0' }]);
    },
    tree({
      enp8s0f1_0: { phys_port_name: 'pf1vf0', address: '02:00:00:00:00:01' },
      sf: { phys_port_name: 'pf1sf0', address: '02:00:00:00:00:02' },
      uplink: { phys_port_name: 'p1', address: '04:3f:72:00:00:01' },
    }),
  ));

test('a card that is not in switchdev mode has none, and no column for them', () =>
  inTree('82599', async (root) => {
    const { out } = await vmlane(['sriov', 'list', '--root', root]);
    expect(out).not.toContain('REPRESENTOR');
  }));

test('the representor of this host’s VF is the one, not that of another host’s', () =>
  inTree(
    '',
    async (root) => {
      expect(readPfs(root)[0]?.vfs.map(({ representor }) => representor)).toEqual(['b']);
    },
    tree({
      b: { phys_port_name: 'pf1vf0', address: '02:00:00:00:00:01' },
      c: { phys_port_name: 'c1pf1vf0', address: '02:00:00:00:00:02' },
      d: { phys_port_name: 'p0if1pf1vf0', address: '02:00:00:00:00:03' },
    }),
  ));

const REPRESENTED =
  'enp8s0f1_0: this stands for VF 0 of uplink (a representor); the PF is uplink, the VF uplink/0\n';

test.each([['set enp8s0f1_0 2'], ['plan enp8s0f1_0'], ['bind enp8s0f1_0'], ['vf enp8s0f1_0 0']])(
  'a representor is no PF and no VF: sriov %s',
  (line) =>
    inTree(
      '',
      async (root) => {
        const { status, err } = await vmlane(['sriov', ...line.split(' '), '--root', root]);
        expect([status, err]).toEqual([2, `vmlane: ${REPRESENTED}`]);
      },
      tree({
        enp8s0f1_0: { phys_port_name: 'pf1vf0', address: '02:00:00:00:00:01' },
        uplink: { phys_port_name: 'p1', address: '04:3f:72:00:00:01' },
      }),
    ),
);

test('host check counts representors, and names the card by its own interface', () =>
  inTree(
    '',
    async (root) => {
      for (const name of ['aaa', 'uplink']) {
        mkdirSync(join(root, 'sys/class/net', name), { recursive: true });
        symlinkSync(`../../../bus/pci/devices/${PF}`, join(root, 'sys/class/net', name, 'device'));
        writeFileSync(join(root, 'sys/class/net', name, 'operstate'), 'up\n');
      }
      const words = ['host', 'check', '--for', 'sriov', '--only', 'nics', '--root', root];
      const { out } = await vmlane(words);
      expect(out).toContain(`${PF} [15b3:101d] mlx5_core, uplink up (SR-IOV: 1 of 8 VFs`);
      expect(out).toContain('switchdev: 1 representor)');
    },
    tree({
      aaa: { phys_port_name: 'pf1vf0', address: '02:00:00:00:00:01' },
      uplink: { phys_port_name: 'p1', address: '04:3f:72:00:00:01' },
    }),
  ));
