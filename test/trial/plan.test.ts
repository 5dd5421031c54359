import { expect, test } from 'vitest';
import { loadSettings } from '../../src/host/wrap/settings/index.js';
import { architectureOf, rewrite } from '../../src/qemu/index.js';
import { readHost } from '../../src/system/host.js';
import { planLines, qemuWords } from '../../src/trial/plan.js';
import { folderWith } from './folder.js';

const host = {
  folder: '/run/vmlane/demo-XXXXXX',
  kernel: '/boot/vmlinuz',
  wrapper: '/usr/bin/qemu-wrap',
  emulator: '/opt/qemu',
  cpu: 0,
};

test('the commands, as a shell would take them', () => {
  const lines = planLines(host, 'kvm');
  expect(lines.slice(0, 3)).toEqual([
    'cd /run/vmlane/demo-XXXXXX',
    'export VMLANE_SWITCH=$PWD/switch.sock VMLANE_SOCKET_DIR=$PWD/guests VMLANE_SETTINGS=$PWD VMLANE_EMULATOR=/opt/qemu',
    'vmlane switch start --no-huge --idle-wait 1 --cpus 0 --folder guests',
  ]);
  expect(lines[3]).toMatch(
    /^\/usr\/bin\/qemu-wrap -name a -accel kvm .*mac=52:54:00:00:00:0a.* &$/,
  );
  expect(lines.slice(5)).toEqual([
    'vmlane switch ports',
    'vmlane switch fdb',
    'vmlane switch stop',
  ]);
});

test('only where QEMU emulates, MSI-X is off', () => {
  const guest = { name: 'a', address: '10.77.0.1', mac: '52:54:00:00:00:0a' };
  expect(qemuWords(guest, host, 'tcg').join(' ')).toContain(' pci=nomsi ');
  expect(qemuWords(guest, host, 'kvm').join(' ')).not.toContain('nomsi');
});

test('qemu-wrap moves the NIC, on a host with any settings', async () => {
  const argv = qemuWords(
    { name: 'a', address: '10.77.0.1', mac: '52:54:00:00:00:0a' },
    host,
    'tcg',
  );
  const { policy, emulator } = await loadSettings({ VMLANE_SETTINGS: folderWith({}) }, {});
  const read = { ...readHost(argv, policy), architecture: architectureOf(emulator) };
  expect(rewrite(argv, policy, read).ports.map(({ name }) => name)).toEqual(['a.net0']);
});
