/** qemu-wrap as QEMU's user: it adds no port, and starts no guest whose socket is not the switch's; needs root. */
import { chmod, chown, mkdir, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { patience } from '../../lab/slow.js';
import { SwitchClient } from '../../src/switch/client.js';
import { guestSocket } from '../../src/values/guest-socket.js';
import { type RealSwitch, startRealSwitch } from '../switch/real-switch.js';
import { FAKE_EMULATOR, NIC, WRAPPER } from './wrapper.js';

/** A number that no account has. */
const QEMU = 4711;
const REMEDY =
  "have libvirt's hook add it: 'vmlane hook install', or let an administrator: 'vmlane switch add'";

interface Host {
  folder: string;
  above: string;
  path: string;
  one: RealSwitch;
  client: SwitchClient;
  start(env?: Record<string, string>): Promise<{ stderr: string; exitCode?: number }>;
}

async function withHost(use: (host: Host) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'vmlane-'));
  await chmod(folder, 0o755);
  const above = join(folder, 'guests');
  await mkdir(above);
  await chown(above, 0, QEMU);
  await chmod(above, 0o2750);
  const out = join(folder, 'out');
  await mkdir(out);
  await chown(out, QEMU, QEMU);
  const one = await startRealSwitch(folder);
  const client = await SwitchClient.connect(one.socket, { deadlineMs: patience(30_000) });
  const start: Host['start'] = (more = {}) => {
    const env = {
      ...{ PATH: process.env.PATH ?? '', FAKE_OUT: join(out, 'vector') },
      ...{ VMLANE_EMULATOR: FAKE_EMULATOR, VMLANE_SETTINGS: join(folder, 'settings') },
      ...{ VMLANE_SWITCH: one.socket, VMLANE_SOCKET_DIR: above, ...more },
    };
    const as = { uid: QEMU, gid: QEMU, cwd: '/', env, extendEnv: false, reject: false } as const;
    return execa(WRAPPER, ['-name', 'web', '-m', '32', ...NIC], as);
  };
  try {
    await use({ folder, above, path: guestSocket(above, 'web', 'n0'), one, client, start });
  } finally {
    client.close();
    await one.end('SIGTERM');
    await rm(folder, { recursive: true });
  }
}

describe.skipIf(process.getuid?.() !== 0)("qemu-wrap as QEMU's user", () => {
  it('starts a guest whose port was added, and asks the switch for nothing', () =>
    withHost(async ({ folder, path, client, start }) => {
      await client.addPort({ name: 'web.n0', path, listener: 'switch', vlan: 7 });
      const before = await client.ports();
      expect(await start()).toMatchObject({ stderr: '', exitCode: 0 });
      const vector = await readFile(join(folder, 'out/vector.argv'), 'utf8');
      expect(vector).toContain(`socket,id=charn0,path=${path},reconnect=1`);
      expect(await client.ports()).toEqual(before);
    }));

  it('refuses one whose port nobody has added', () =>
    withHost(async ({ path, client, start }) => {
      expect(await start()).toMatchObject({
        exitCode: 1,
        stderr: `qemu-wrap: ${path}: the switch has no port there (ENOENT); ${REMEDY}`,
      });
      expect(await client.ports()).toEqual([]);
      // Where QEMU listens, the folder shows that there is one.
      const { stderr } = await start({ VMLANE_LISTENER: 'qemu' });
      expect(stderr).toContain("no folder for the guests' sockets (ENOENT)");
      await client.addPort({ name: 'web.n0', path, listener: 'qemu' });
      expect(await start({ VMLANE_LISTENER: 'qemu' })).toMatchObject({ exitCode: 0 });
    }));

  it('refuses when the switch is away, as QEMU would wait for ever', () =>
    withHost(async ({ path, one, client, start }) => {
      await client.addPort({ name: 'web.n0', path, listener: 'switch' });
      await one.end('SIGKILL');
      expect(await start()).toMatchObject({
        exitCode: 1,
        stderr: `qemu-wrap: ${path}: nobody listens there; start the switch: 'vmlane switch start'`,
      });
    }));

  it("refuses a socket that others of QEMU's user could have put there", () =>
    withHost(async ({ folder, above, path, start }) => {
      await mkdir(dirname(path));
      await chown(dirname(path), QEMU, QEMU);
      const server = createServer().listen(path);
      await new Promise((resolve) => server.once('listening', resolve));
      await chown(path, QEMU, QEMU);
      const replaceable = `uid ${QEMU} could replace it, and others of this user, too`;
      expect((await start()).stderr).toContain(replaceable);
      // Root's, in a folder of theirs.
      await chown(path, 0, QEMU);
      await chmod(path, 0o660);
      expect((await start()).stderr).toContain(replaceable);
      await chown(dirname(path), 0, QEMU);
      await chmod(dirname(path), 0o2750);
      expect(await start()).toMatchObject({ exitCode: 0, stderr: '' });
      await chmod(above, 0o2770);
      expect((await start()).stderr).toContain(replaceable);
      await chmod(above, 0o2750);
      await new Promise((resolve) => server.close(resolve));
      await symlink(join(folder, 'switch.sock'), path);
      expect((await start()).stderr).toContain(`${path}: this is no socket`);
    }));
});
