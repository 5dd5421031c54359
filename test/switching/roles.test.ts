/** Who can receive a guest's memory: another process with QEMU's user tries; needs root. */
import { chmod, chown, mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { PYTHON } from '../../lab/python.js';
import { patience } from '../../lab/slow.js';
import type { Listener } from '../../src/contract/types.js';
import { DEFAULT_POLICY } from '../../src/qemu/policy.js';
import { SwitchClient } from '../../src/switch/index.js';
import { packageRoot } from '../../src/switch/paths.js';
import { guestSocket } from '../../src/values/guest-socket.js';
import { ANOTHER_USER } from '../switch/real-switch.js';
import { BROADCAST, frame, mac } from './frames.js';
import { Guests } from './guests.js';
import { startSwitch } from './start.js';

/** A number that no account has, for QEMU's user and group. */
const QEMU = 4711;
const AS_QEMU = { uid: QEMU, gid: QEMU };

async function steal(how: 'back' | 'front' | 'replace', path: string): Promise<unknown> {
  const words = [join(packageRoot(), 'test/switching/thief.py'), how, path];
  const env = { THIEF_SECONDS: String(patience(20_000) / 1000) };
  const { stdout } = await execa(PYTHON, words, { ...AS_QEMU, env, cwd: '/' });
  return JSON.parse(stdout);
}

interface Scene {
  folder: string;
  guests: Guests;
  path(guest: string): string;
  start(): Promise<{ client: SwitchClient; end(signal: NodeJS.Signals): Promise<void> }>;
}

/** A folder of guests as on a host, and QEMUs that run as one user. */
async function scene(use: (scene: Scene) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'vmlane-'));
  await chmod(folder, 0o755);
  const above = join(folder, 'guests');
  await mkdir(above);
  await chown(above, ANOTHER_USER ?? 0, QEMU);
  await chmod(above, 0o2750);
  const guests = new Guests(AS_QEMU);
  const started: { client: SwitchClient; end(signal: NodeJS.Signals): Promise<void> }[] = [];
  const start: Scene['start'] = async () => {
    const one = await startSwitch(folder);
    const client = await SwitchClient.connect(one.socket, { deadlineMs: patience(30_000) });
    const end = async (signal: NodeJS.Signals) => {
      client.close();
      await one.end(signal);
    };
    started.push({ client, end });
    return { client, end };
  };
  try {
    await use({ folder, guests, path: (guest) => guestSocket(above, guest, 0), start });
  } finally {
    await guests.end();
    for (const one of started) await one.end('SIGTERM');
    await rm(folder, { recursive: true });
  }
}

async function states(client: SwitchClient): Promise<string[]> {
  return (await client.ports()).map(({ state }) => state);
}

const NOT_OURS = {
  ...{ unlink: 'EACCES', rename: 'EACCES', folder: 'EACCES' },
  ...{ bind: 'EADDRINUSE', beside: 'EACCES' },
};

describe.skipIf(process.getuid?.() !== 0)("another process with QEMU's user", () => {
  const backend = DEFAULT_POLICY.backend;
  const usual: Listener = backend.kind === 'vhost-user' ? backend.listener : 'qemu';

  it('gets no memory of a guest whose socket is where it is by default', () =>
    scene(async ({ guests, path, start }) => {
      const victim = path('victim');
      const first = await start();
      await first.client.addPort({ name: 'victim.0', path: victim, listener: usual });
      // Before the guest is there, while it is, and while the switch is away.
      expect(await steal('replace', victim)).toEqual(NOT_OURS);
      await guests.open('victim', victim, { listen: usual === 'qemu' });
      expect(await steal('back', victim)).toEqual({ memory: 0 });
      // Whether it has sent, sends or still receives when the switch hangs up is the kernel's choice.
      const nothing = [{ descriptors: 0 }, { error: 'ECONNRESET' }, { error: 'EPIPE' }];
      expect(nothing).toContainEqual(await steal('front', victim));
      expect(await states(first.client)).toEqual(['up']);

      await first.end('SIGKILL');
      expect(await steal('replace', victim)).toEqual(NOT_OURS);
      expect(await steal('back', victim)).toEqual({ error: 'ECONNREFUSED' });
      const second = await start();
      await guests.connect('victim');
      const other = path('other');
      await second.client.addPort({ name: 'other.0', path: other, listener: usual });
      await guests.open('other', other);
      await guests.send('victim', [frame({ to: BROADCAST, from: mac(1) })]);
      expect(await guests.receive()).toEqual({ other: [frame({ to: BROADCAST, from: mac(1) })] });
    }));

  it('gets it from a QEMU that listens, when it is first: so that is not the default', () =>
    scene(async ({ guests, path, start }) => {
      const victim = path('victim');
      const { client } = await start();
      await client.addPort({ name: 'victim.0', path: victim, listener: 'qemu' });
      expect((await stat(dirname(victim))).mode & 0o7777).toBe(0o3770);
      // Between two guests of this name, or while the switch is away.
      await client.removePort('victim.0');
      await mkdir(dirname(victim));
      await chown(dirname(victim), QEMU, QEMU);
      await guests.open('victim', victim, { listen: true, later: true });
      const stolen = steal('back', victim) as Promise<{ memory: number }>;
      await expect(guests.connect('victim')).rejects.toThrow('refuses');
      expect((await stolen).memory).toBeGreaterThan(1024 * 1024);
    }));
});

describe.skipIf(process.getuid?.() !== 0)("a guest's folder", () => {
  it('comes with its first port, goes with its last, and is there again after a restart', () =>
    scene(async ({ folder, path, start }) => {
      const one = await start();
      const [a, b] = [path('web1'), path('web1').replace('0.sock', '1.sock')];
      await one.client.addPort({ name: 'web1.0', path: a, listener: 'switch' });
      await one.client.addPort({ name: 'web1.1', path: b, listener: 'switch' });
      const { mode, uid, gid } = await stat(dirname(a));
      expect([(mode & 0o7777).toString(8), uid, gid]).toEqual(['2750', ANOTHER_USER, QEMU]);
      const socket = await stat(a);
      expect([(socket.mode & 0o777).toString(8), socket.gid]).toEqual(['660', QEMU]);
      await one.client.removePort('web1.0');
      expect(await readdir(dirname(a))).toEqual(['1.sock']);
      await one.end('SIGTERM');
      expect(await readdir(join(folder, 'guests'))).toEqual([]);
      const two = await start();
      expect(await readdir(dirname(a))).toEqual(['1.sock']);
      await two.client.removePort('web1.1');
      expect(await readdir(join(folder, 'guests'))).toEqual([]);
    }));

  it('is opened to a QEMU that listens, beside a socket of the switch', () =>
    scene(async ({ path, start }) => {
      const { client } = await start();
      const [a, b] = [path('web1'), path('web1').replace('0.sock', '1.sock')];
      await client.addPort({ name: 'web1.0', path: a, listener: 'switch' });
      await client.addPort({ name: 'web1.1', path: b, listener: 'qemu' });
      // Without the set-group-ID bit, as this switch is not in QEMU's group.
      const { mode, gid } = await stat(dirname(a));
      expect([(mode & 0o7777).toString(8), gid]).toEqual(['1770', QEMU]);
      expect((await client.ports()).map(({ name }) => name)).toEqual(['web1.0', 'web1.1']);
    }));

  it('is not taken from another user, and not made by way of a link', () =>
    scene(async ({ folder, path, start }) => {
      const { client } = await start();
      const foreign = path('foreign');
      await mkdir(dirname(foreign), { mode: 0o700 });
      await chown(dirname(foreign), QEMU, QEMU);
      const add = (name: string, at: string) =>
        client.addPort({ name, path: at, listener: 'switch' });
      await expect(add('a', foreign)).rejects.toThrow('belongs to another user');
      await execa('ln', ['-s', folder, dirname(path('link'))]);
      await expect(add('b', path('link'))).rejects.toThrow('its folder is a file or a link');
      await expect(add('c', join(folder, 'plain/0.sock'))).rejects.toThrow('is not there');
      await chmod(join(folder, 'guests'), 0o2770);
      await expect(add('d', path('d'))).rejects.toThrow('others may replace what is in there');
      expect(await client.ports()).toEqual([]);
    }));
});
