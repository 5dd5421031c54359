/** `vmlane sriov` on trees: what is written, shown, and left alone. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { inTree } from '../sriov/tree.js';
import { vmlane } from './test-io.js';

const DEVICES = 'sys/bus/pci/devices';

async function sriov(root: string, line: string) {
  const ran = await vmlane(['sriov', ...line.split(' '), '--root', root]);
  return { ...ran, err: ran.err.replaceAll('vmlane: ', ''), text: ran.out.replaceAll(root, '') };
}

const read = (root: string, path: string) => readFileSync(join(root, path), 'utf8').trim();

describe('set', () => {
  test('a free PF: through 0, and then nothing', () =>
    inTree('x710', async (root) => {
      const dry = await sriov(root, 'set ens3f0 4 --dry-run');
      expect(dry.text).toBe(
        `VALUE  PATH\n0      /${DEVICES}/0000:3b:00.0/sriov_numvfs\n4      /${DEVICES}/0000:3b:00.0/sriov_numvfs\n`,
      );
      expect(read(root, `${DEVICES}/0000:3b:00.0/sriov_numvfs`)).toBe('2');
      expect(await sriov(root, 'set ens3f0 4')).toMatchObject({
        status: 0,
        err: 'ens3f0: 4 VFs; MACs, VLANs and drivers of VFs are new\n',
      });
      expect(read(root, `${DEVICES}/0000:3b:00.0/sriov_numvfs`)).toBe('4');
      const again = await sriov(root, 'set 3b:00.0 4 --json');
      expect(again).toMatchObject({ status: 0, err: 'ens3f0: has 4 VFs already\n' });
      expect(JSON.parse(again.out)).toEqual({
        ...{ pf: '0000:3b:00.0', before: 4, after: 4, writes: [], changed: false },
      });
      expect((await sriov(root, 'set ens3f0 4 --dry-run')).err).toContain('has 4 VFs already');
    }));

  test('a dry run as JSON', () =>
    inTree('x710', async (root) => {
      const { out } = await sriov(root, 'set ens3f0 0 --dry-run --json');
      const path = `${root}/${DEVICES}/0000:3b:00.0/sriov_numvfs`;
      expect(JSON.parse(out)).toEqual({
        ...{ pf: '0000:3b:00.0', before: 2, after: 0, changed: false },
        writes: [{ value: '0', path }],
      });
    }));
});

describe('vf', () => {
  test('shows the settings', () =>
    inTree('82576', async (root) => {
      expect((await sriov(root, 'vf ens1f0 0')).out.split('\n').map((line) => line.trim())).toEqual(
        [
          'SETTING   VALUE',
          'mac       52:54:00:12:34:56',
          'vlan      100',
          'qos       3',
          'trust     off',
          'spoofchk  on',
          'rate      0',
          'state     auto',
          '',
        ],
      );
      expect(JSON.parse((await sriov(root, 'vf ens1f0 0 --json')).out)).toMatchObject({
        ...{ pf: '0000:01:00.0', vf: 0, address: '0000:01:10.0', vlan: 100 },
      });
    }));

  test('a dry run: the commands', () =>
    inTree('82576', async (root) => {
      const line =
        'vf ens1f1 0 --mac 52:54:00:AA:BB:CC --vlan 7 --trust on --spoofchk off --rate 50';
      const { status, out } = await sriov(root, `${line} --dry-run`);
      expect(status).toBe(0);
      expect(out).toBe(
        [
          'COMMAND',
          'ip link set dev ens1f1 vf 0 mac 52:54:00:aa:bb:cc',
          'ip link set dev ens1f1 vf 0 vlan 7 qos 0',
          'ip link set dev ens1f1 vf 0 trust on',
          'ip link set dev ens1f1 vf 0 spoofchk off',
          'ip link set dev ens1f1 vf 0 max_tx_rate 50',
          '',
        ].join('\n'),
      );
    }));

  test('what is set already is no change, in a folder either', () =>
    inTree('82576', async (root) => {
      const line = 'vf ens1f0 0 --mac 52:54:00:12:34:56 --vlan 100';
      for (const one of [line, `${line} --dry-run`, `${line} --json`]) {
        expect(await sriov(root, one)).toMatchObject({
          ...{ status: 0, err: 'ens1f0 VF 0: unchanged\n' },
        });
      }
    }));
});

describe('bind and unbind', () => {
  const ONE = `${DEVICES}/0000:02:10.0`;
  test('a VF: override, unbind, probe; who had it is kept', () =>
    inTree('82599', async (root) => {
      const dry = await sriov(root, 'bind ens2f0/0 --dry-run');
      expect(dry.text).toBe(
        `VALUE         PATH\nvfio-pci      /${ONE}/driver_override\n0000:02:10.0  /sys/bus/pci/drivers/ixgbevf/unbind\n0000:02:10.0  /sys/bus/pci/drivers_probe\n`,
      );
      expect(read(root, `${ONE}/driver_override`)).toBe('(null)');
      expect(await sriov(root, 'bind ens2f0/0')).toMatchObject({
        ...{ status: 0, err: '0000:02:10.0: with vfio-pci\n' },
      });
      expect(read(root, `${ONE}/driver_override`)).toBe('vfio-pci');
      expect(read(root, 'sys/bus/pci/drivers_probe')).toBe('0000:02:10.0');
      expect(JSON.parse(read(root, 'run/vmlane-sriov/0000:02:10.0.json'))).toEqual({
        driver: 'ixgbevf',
      });
    }));

  test('what is with vfio-pci already, or is not', () =>
    inTree('82599', async (root) => {
      expect((await sriov(root, 'bind ens2f1/0')).err).toBe('all are with vfio-pci already\n');
      const { status, err, out } = await sriov(root, 'unbind ens2f0/0 --json');
      expect([status, err]).toEqual([0, 'none of them is with vfio-pci\n']);
      expect(JSON.parse(out)).toEqual({ devices: [], writes: [], changed: false });
    }));

  test('back to the driver that had it; to the one that the kernel chooses if that is not known', async () => {
    const writes = async (more: string) =>
      inTree(
        '82599',
        async (root) => {
          const { out } = await sriov(root, 'unbind 02:10.1 --dry-run --json');
          const found: { value: string }[] = JSON.parse(out).writes;
          return found.map(({ value }) => value);
        },
        more,
      );
    const record = (text: string) => `run/vmlane-sriov/0000:02:10.1.json = ${text}`;
    const address = '0000:02:10.1';
    expect(await writes('')).toEqual(['', address, address]);
    expect(await writes(record('{"driver'))).toEqual(['', address, address]);
    expect(await writes(record('{"driver":"ixgbevf"}'))).toEqual(['ixgbevf', address, address, '']);
    expect(await writes(record('{}'))).toEqual([address, '']);
  });

  const GROUP = `${DEVICES}/0000:02:1f.0/
  vendor = 0x8086
  device = 0x10ed
  class = 0x020000
  driver -> ../../drivers/ixgbevf
  driver_override = (null)
  iommu_group -> ../../../../kernel/iommu_groups/23
${DEVICES}/0000:02:1f.1/
  vendor = 0x8086
  device = 0x10ed
  class = 0x020000
  iommu_group -> ../../../../kernel/iommu_groups/23
sys/kernel/iommu_groups/23/devices/
  0000:02:1f.0 -> ../../../../bus/pci/devices/0000:02:1f.0
  0000:02:1f.1 -> ../../../../bus/pci/devices/0000:02:1f.1`;

  test('a whole group: those that stand in the way, not those that are free', () =>
    inTree(
      '82599',
      async (root) => {
        const { out } = await sriov(root, 'bind ens2f0/0 --group --dry-run --json');
        expect(JSON.parse(out).devices).toEqual(['0000:02:10.0', '0000:02:1f.0']);
        expect(await sriov(root, 'bind ens2f0/0 --group')).toMatchObject({ status: 0 });
        for (const one of ['10.0', '1f.0']) {
          expect(read(root, `${DEVICES}/0000:02:${one}/driver_override`)).toBe('vfio-pci');
        }
      },
      GROUP,
    ));

  test('two that belong together by name need no --group', () =>
    inTree(
      '82599',
      async (root) => {
        const { status } = await sriov(root, 'bind ens2f0/0 0000:02:1f.0 --dry-run');
        expect(status).toBe(0);
      },
      GROUP,
    ));

  test('vfio-pci must be loaded', () =>
    inTree(
      '',
      async (root) => {
        expect(await sriov(root, 'bind 0000:07:00.0')).toMatchObject({
          status: 2,
          err: expect.stringContaining('vfio-pci is not loaded there; load it: modprobe vfio-pci'),
        });
      },
      `${DEVICES}/0000:07:00.0/
  vendor = 0x8086
  device = 0x1572
  class = 0x020000
  driver_override = (null)
  iommu_group -> ../../../../kernel/iommu_groups/9`,
    ));
});

test('passthrough-ready: status and JSON', () =>
  inTree('82599', async (root) => {
    const ready = await sriov(root, 'passthrough-ready ens2f1/0 --json');
    expect([ready.status, ready.err]).toEqual([0, 'VF 0 (0000:02:10.1): ready\n']);
    expect(JSON.parse(ready.out)).toMatchObject({ address: '0000:02:10.1', ready: true });
    const not = await sriov(root, 'passthrough-ready 02:10.0');
    expect([not.status, not.err]).toEqual([1, 'VF 0 (0000:02:10.0): not ready, 2 to do\n']);
    expect(not.out).toMatch(/^failed +driver +it is with ixgbevf +vmlane sriov bind/m);
  }));
