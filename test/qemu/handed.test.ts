import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { PYTHON } from '../../lab/python.js';
import { WRAPPER } from '../wrap/wrapper.js';
import { Qemu } from './monitor.js';

/**
 * The real wrapper hands descriptors to the real QEMU. Stand-ins: /dev/null for a vhost device, and
 * a tap of our own, whose number a file tells, for KNI's.
 */
let dir: string;
let qemu: Qemu | undefined;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'vmlane-handed-'));
});

afterEach(async () => {
  await qemu?.end();
  rmSync(dir, { recursive: true, force: true });
});

const QUIET = ['-S', '-nodefaults', '-no-user-config', '-display', 'none', '-accel', 'tcg'];

/** Opens a tap as descriptor 27, then becomes the words behind it. */
const WITH_TAP = `
import fcntl, os, struct, sys
fd = os.open('/dev/net/tun', os.O_RDWR)
fcntl.ioctl(fd, 0x400454ca, struct.pack('16sH22x', b'vEth0', 0x1002))
os.dup2(fd, 27)
os.close(fd)
os.execvp(sys.argv[1], sys.argv[1:])
`;

function start(argv: readonly string[], env: Record<string, string>) {
  const program = [PYTHON, '-c', WITH_TAP, WRAPPER];
  qemu = new Qemu([...QUIET, '-m', '32', ...argv], program, {
    PATH: process.env.PATH,
    VMLANE_SETTINGS: join(dir, 'settings'),
    VMLANE_SWITCH: join(dir, 'switch.sock'),
    ...env,
  });
  return qemu;
}

const NIC = ['-device', 'virtio-net-pci,netdev=n0,id=net0'];

test('QEMU uses the tap whose number the file tells', async () => {
  writeFileSync(join(dir, 'n0.fd'), '27\n');
  writeFileSync(join(dir, 'n0.en'), '');
  const started = start(['-netdev', 'tap,id=n0,ifname=vEth0,script=no,vhost=on', ...NIC], {
    VMLANE_BACKEND: 'tap-fd',
    VMLANE_VHOST: 'false',
    VMLANE_FD_FILE: join(dir, '{netdev}.fd'),
    VMLANE_ENABLE_FILE: join(dir, '{netdev}.en'),
  });
  await started.ready();
  expect(await started.tell('info network')).toMatch(/n0: index=0,type=tap,fd=100/);
  expect(readFileSync(join(dir, 'n0.en'), 'utf8')).toBe('1');
  const path = '/machine/peripheral/net0';
  expect(await started.ask('qom-get', { path, property: 'csum' })).toBe(false);
});

test('QEMU takes the vhost device, which then says that it is none', async () => {
  const argv = ['-netdev', 'tap,id=n0,fd=27,vhost=on,vhostfd=28', ...NIC];
  const started = start(argv, { VMLANE_BACKEND: 'vhostfd', VMLANE_DEVICE: '/dev/null' });
  await expect(started.ready()).rejects.toThrow(
    /tap,id=n0,fd=27,vhost=on,vhostfd=100: vhost_set_owner failed: Inappropriate ioctl for device/,
  );
});
