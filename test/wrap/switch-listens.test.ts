import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { SwitchClient } from '../../src/switch/client.js';
import { Qemu } from '../qemu/monitor.js';
import { withRealSwitch } from '../switch/real-switch.js';
import { WRAPPER } from './wrapper.js';

/** As root, which adds the port itself. */
test('the real QEMU dials the real switch where that listens', async () => {
  await withRealSwitch(async ({ folder, socket }) => {
    // The switch makes folders of guests.
    await chmod(folder, 0o2700);
    const guest = ['-S', '-nodefaults', '-display', 'none', '-accel', 'tcg', '-m', '32'];
    const nic = ['-netdev', 'tap,id=n0,ifname=none', '-device', 'virtio-net-pci,netdev=n0'];
    const qemu = new Qemu(['-name', 'a', ...guest, ...nic], [WRAPPER], {
      PATH: process.env.PATH,
      VMLANE_SETTINGS: join(folder, 'settings'),
      VMLANE_SWITCH: socket,
      VMLANE_SOCKET_DIR: folder,
      VMLANE_SWITCH_TIMEOUT: process.env.VMLANE_SWITCH_TIMEOUT,
    });
    const client = await SwitchClient.connect(socket);
    try {
      await qemu.ready();
      expect(await qemu.tell('info network')).toMatch(/n0: index=0,type=vhost-user/);
      const path = join(folder, 'a/n0.sock');
      expect(await client.ports()).toMatchObject([{ name: 'a.n0', path, listener: 'switch' }]);
    } finally {
      client.close();
      await qemu.end();
    }
  });
});
