import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { Capturing } from '../switch/captured.js';
import { ANOTHER_USER } from '../switch/real-switch.js';
import { withBench } from './bench.js';
import { BROADCAST, frame, mac } from './frames.js';
import { makeTap, removeTap } from './tap.js';

/** The lines of /proc/PID/task/TID/status, one record for each thread. */
async function threadsOf(pid: number | undefined): Promise<Record<string, string>[]> {
  const tasks = await readdir(`/proc/${pid}/task`);
  return Promise.all(
    tasks.map(async (task) => {
      const text = await readFile(`/proc/${pid}/task/${task}/status`, 'utf8');
      const lines = text.trim().split('\n');
      return Object.fromEntries(
        lines.map((line) => {
          const at = line.indexOf(':');
          return [
            line.slice(0, at),
            line
              .slice(at + 1)
              .trim()
              .split(/\s+/)
              .join(' '),
          ];
        }),
      );
    }),
  );
}

const NONE = '0000000000000000';

it('no thread of a switch that forwards has a right that root has, or can get one', () =>
  withBench(async (bench) => {
    const { one } = bench;
    await bench.plug(['a'], { listen: true });
    await bench.plug(['b'], { listen: false });
    const tap = await makeTap();
    await bench.client.addPort({ name: tap.name, path: '', interface: tap.name });
    // With guests and an interface, there is one of each kind of thread.
    await bench.guests.send('a', [frame({ to: BROADCAST, from: mac(1) })]);
    expect(Object.keys(await bench.received())).toEqual(['b']);
    const uid = String(ANOTHER_USER ?? process.getuid?.());
    const gid = String(ANOTHER_USER ?? process.getgid?.());
    const threads = await threadsOf(one.process.pid);
    expect(threads.length).toBeGreaterThanOrEqual(4);
    for (const thread of threads) {
      expect(thread).toMatchObject({
        CapInh: NONE,
        CapPrm: NONE,
        CapEff: NONE,
        CapAmb: NONE,
        NoNewPrivs: '1',
        Seccomp: '2',
        Uid: [uid, uid, uid, uid].join(' '),
        Gid: [gid, gid, gid, gid].join(' '),
        ...(ANOTHER_USER !== undefined && { CapBnd: NONE, Groups: gid }),
      });
    }
    const names = threads.map(({ Name }) => Name);
    expect(names).toEqual(expect.arrayContaining(['vhost-switch', 'control', tap.name]));
    await removeTap(tap);
  }));

it.skipIf(ANOTHER_USER === undefined)('what it makes is its own, but not the control socket', () =>
  withBench(async (bench) => {
    const owner = async (name: string) => (await stat(join(bench.one.folder, name))).uid;
    await bench.plug(['b'], { listen: false });
    expect(await owner('switch.sock')).toBe(0);
    expect(await owner('b.sock')).toBe(ANOTHER_USER);
    expect(await owner('state/ports.json')).toBe(ANOTHER_USER);
  }),
);

// A switch that stays who it is writes wherever its user may.
it.skipIf(ANOTHER_USER === undefined)('files are made in its folders and nowhere else', () =>
  withBench(async (bench) => {
    const { client, one } = bench;
    await client.addPort({ name: 'a', path: join(one.folder, 'a.sock'), listener: 'qemu' });
    const elsewhere = { path: '/var/tmp/vmlane-elsewhere.sock', listener: 'switch' as const };
    await expect(client.addPort({ name: 'b', ...elsewhere })).rejects.toThrow('cannot be opened');
    const capturing = await Capturing.begin(client);
    expect((await capturing.end()).ports).toEqual(['a']);
  }),
);
