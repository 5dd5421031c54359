/** What the program does besides forwarding: signals, and the file that keeps its ports. */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  existsSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SwitchClient } from '../../src/switch/client.js';
import { inFolder } from '../switch/folder.js';
import { builtProgram, startRealSwitch, withRealSwitch } from '../switch/real-switch.js';

describe('vhost-switch', () => {
  it('is not ended by SIGHUP, and says that there is nothing to open anew', () =>
    withRealSwitch(async (one) => {
      const client = await SwitchClient.connect(one.socket, { deadlineMs: 60_000 });
      try {
        one.process.kill('SIGHUP');
        // The signal has been taken by the time that two rounds of the control thread are over.
        const log = () => readFileSync(join(one.folder, 'test.log'), 'utf8');
        while (!log().includes('SIGHUP') && one.process.exitCode === null) await client.ports();
        expect(log()).toContain(
          'vhost-switch: SIGHUP: nothing to be opened anew, as the log goes to stderr',
        );
        expect(await client.ports()).toEqual([]);
      } finally {
        client.close();
      }
    }));

  it.each([
    ['2', 'version 2'],
    ['"1"', 'version "1"'],
    [undefined, 'version missing'],
  ])('refuses a state file of version %s and leaves it as it is', (version, said) =>
    inFolder(async (folder) => {
      const file = join(folder, 'ports.json');
      const text = `{${version === undefined ? '' : `"version": ${version}, `}"ports": []}`;
      writeFileSync(file, text);
      const eal = ['--no-huge', '--no-pci', '--no-shconf', '-m', '64', '--lcores', '0'];
      const own = ['--control-socket', join(folder, 'switch.sock'), '--state-file', file];
      const ran = spawnSync(
        builtProgram('vhost-switch'),
        [...eal, '--file-prefix', `version-${process.pid}`, '--', ...own],
        { encoding: 'utf8', timeout: 60_000 },
      );
      expect(ran.stderr.split('\n').filter((line) => line.includes(file))).toEqual([
        expect.stringContaining(
          `${file}: ${said}, this switch reads version 1; start the release that wrote it, or move the file away`,
        ),
      ]);
      expect(ran.status).toBe(1);
      expect(readFileSync(file, 'utf8')).toBe(text);
      expect(existsSync(`${file}.new`)).toBe(false);
    }),
  );

  it('writes the state in one piece, however many ports there are', () =>
    withRealSwitch(async (one) => {
      const client = await SwitchClient.connect(one.socket, { deadlineMs: 60_000 });
      const writes = () =>
        Number(/syscw: (\d+)/.exec(readFileSync(`/proc/${one.process.pid}/io`, 'utf8'))?.[1]);
      const add = (i: number) =>
        client.addPort({ name: `p${i}`, path: join(one.folder, `p${i}.sock`), listener: 'switch' });
      try {
        for (let i = 0; i < 50; i++) await add(i);
        const before = writes();
        await add(50);
        // The file, log lines of rte_vhost: 1,500 of jansson's, one a token, would be noticed.
        expect(writes() - before).toBeLessThan(100);
        const kept = JSON.parse(readFileSync(join(one.folder, 'ports.json'), 'utf8'));
        expect(kept.ports).toHaveLength(51);
      } finally {
        client.close();
      }
    }));
});

const ENTRY = { listener: 'switch', vlan: 0 } as const;

/** Starts a switch in a folder that `prepare` has filled. */
function inPrepared(
  prepare: (folder: string) => void,
  use: (folder: string, client: SwitchClient, log: () => string) => Promise<void>,
): Promise<void> {
  return inFolder(async (folder) => {
    prepare(folder);
    const one = await startRealSwitch(folder);
    const client = await SwitchClient.connect(one.socket, { deadlineMs: 60_000 });
    try {
      await use(folder, client, () => readFileSync(join(folder, 'test.log'), 'utf8'));
    } finally {
      client.close();
      await one.end('SIGTERM');
    }
  });
}

const fifo = (path: string) => void execFileSync('mkfifo', [path]);
const portsIn = (file: string) =>
  JSON.parse(readFileSync(file, 'utf8')).ports.map(({ name }: { name: string }) => name);

describe('the state file, in a folder that others could write to', () => {
  it.each<[string, (path: string, folder: string) => void]>([
    ['a FIFO', fifo],
    ['a link', (path, folder) => symlinkSync(join(folder, 'victim'), path)],
    ['a file of others', (path) => writeFileSync(path, 'planted', { mode: 0o666 })],
  ])('%s beside it neither stops the switch nor becomes the state', (_, plant) =>
    inPrepared(
      (folder) => {
        writeFileSync(join(folder, 'victim'), 'untouched');
        for (const end of ['new', 'lock']) plant(join(folder, `ports.json.${end}`), folder);
      },
      async (folder, client) => {
        await client.addPort({ name: 'p', path: join(folder, 'p.sock'), ...ENTRY });
        // Once more, now that it runs.
        plant(join(folder, 'ports.json.new'), folder);
        await client.addPort({ name: 'q', path: join(folder, 'q.sock'), ...ENTRY });
        expect(portsIn(join(folder, 'ports.json'))).toEqual(['p', 'q']);
        expect(readFileSync(join(folder, 'victim'), 'utf8')).toBe('untouched');
      },
    ),
  );

  const text = JSON.stringify({
    version: 1,
    ports: [{ name: 'p', path: '/run/p.sock', ...ENTRY }],
  });
  it.each<[string, string, (path: string) => void]>([
    ['empty', 'not JSON', (path) => writeFileSync(path, '')],
    ['cut short', 'not JSON', (path) => writeFileSync(path, text.slice(0, 40))],
    ['of another kind', 'no list of ports in it', (path) => writeFileSync(path, '{"version":1}')],
    [
      'writable by others',
      "not a file of this switch's user",
      (path) => {
        writeFileSync(path, text);
        chmodSync(path, 0o666);
      },
    ],
    ...(process.getuid?.() === 0
      ? [
          [
            "another user's",
            "not a file of this switch's user",
            (path: string) => {
              writeFileSync(path, text, { mode: 0o600 });
              chownSync(path, 4711, 4711);
            },
          ] as [string, string, (path: string) => void],
        ]
      : []),
  ])('that is %s is set aside and reported, and the switch starts', (_, why, make) =>
    inPrepared(
      (folder) => make(join(folder, 'ports.json')),
      async (folder, client, log) => {
        expect(await client.ports()).toEqual([]);
        const file = join(folder, 'ports.json');
        expect(log()).toContain(`${file}: ${why}`);
        expect(log()).toContain(`it is ${file}.bad now, and the switch starts without its ports`);
        expect(existsSync(`${file}.bad`)).toBe(true);
        expect(portsIn(file)).toEqual([]);
      },
    ),
  );

  it('that is a FIFO is removed and reported, and the switch starts', () =>
    inPrepared(
      (folder) => fifo(join(folder, 'ports.json')),
      async (folder, client, log) => {
        expect(await client.ports()).toEqual([]);
        expect(log()).toContain("not a file of this switch's user");
        expect(portsIn(join(folder, 'ports.json'))).toEqual([]);
      },
    ));

  it('a port that cannot be added is reported, kept, and the others are there', () =>
    inPrepared(
      (folder) => {
        const port = (name: string, path: string) => ({ name, path: join(folder, path), ...ENTRY });
        const odd = { name: 'odd', path: 7 };
        const ports = [port('a', 'gone/a.sock'), odd, port('b', 'gone/b.sock'), port('c', 'c')];
        writeFileSync(join(folder, 'ports.json'), JSON.stringify({ version: 1, ports }), {
          mode: 0o600,
        });
      },
      async (folder, client, log) => {
        const names = async () => (await client.ports()).map(({ name }) => name);
        const file = join(folder, 'ports.json');
        expect(await names()).toEqual(['c']);
        for (const name of ['a', 'odd', 'b']) {
          expect(log()).toContain(`port ${name} is not added and stays in the file`);
        }
        expect(portsIn(file).sort()).toEqual(['a', 'b', 'c', 'odd']);
        expect(await client.removePort('odd')).toEqual({ changed: true });
        expect(await client.removePort('odd')).toEqual({ changed: false });
        // The name is free for another.
        await client.addPort({ name: 'a', path: join(folder, 'a.sock'), ...ENTRY });
        expect(portsIn(file).sort()).toEqual(['a', 'b', 'c']);
        await client.removePort('a');
        expect(portsIn(file).sort()).toEqual(['b', 'c']);
      },
    ));

  it('a port of -p without -p is one line, with what to do', () =>
    inPrepared(
      (folder) => {
        const device = { path: '', device: 'net_tap0', vlan_mode: 'per-guest' };
        const ports = [{ name: 'uplink', ...device }];
        writeFileSync(join(folder, 'ports.json'), JSON.stringify({ version: 1, ports }), {
          mode: 0o600,
        });
      },
      async (folder, client, log) => {
        expect(await client.ports()).toEqual([]);
        const lines = log()
          .split('\n')
          .filter((line) => /uplink|net_tap0/.test(line));
        expect(lines).toHaveLength(1);
        expect(lines[0]).toMatch(
          /: port uplink is not added and stays in the file until it is removed: .* with -p \(vmlane switch start --uplink\)$/,
        );
        expect(await client.removePort('uplink')).toEqual({ changed: true });
        expect(portsIn(join(folder, 'ports.json'))).toEqual([]);
      },
    ));

  it('is written although its folder is locked by somebody else', () =>
    inFolder(async (folder) => {
      const holder = spawn('flock', [
        '--no-fork',
        folder,
        'sh',
        '-c',
        'echo locked; exec sleep 600',
      ]);
      try {
        await once(holder.stdout, 'data');
        const one = await startRealSwitch(folder);
        await one.end('SIGTERM');
        expect(existsSync(join(folder, 'switch.sock.lock'))).toBe(false);
      } finally {
        process.kill(holder.pid ?? 0);
      }
    }));
});
