/**
 * Several hosts in one table: two real switches, and the vmlane of the checkout for each. ssh is a fake, so that only
 * the network is missing; test/vm/hosts.test.ts has the real one.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { packageRoot } from '../../src/switch/paths.js';
import { vmlane } from '../cli/test-io.js';
import { fakeSsh, hostWith, withPath } from '../inventory/fake-ssh.js';
import { inFolder } from '../switch/folder.js';
import { type RealSwitch, withRealSwitch } from '../switch/real-switch.js';
import { type Bench, withBench } from './bench.js';
import { Pty } from './pty.js';

interface World {
  /** hosta, with ports a and b. */
  bench: Bench;
  /** hostb, with port idle. */
  other: RealSwitch;
  path: string;
  /** vmlane here, as the other hosts are reached. */
  run(...words: string[]): ReturnType<typeof vmlane>;
}

function withHosts(use: (world: World) => Promise<void>): Promise<void> {
  return withBench((bench) =>
    withRealSwitch((other) =>
      inFolder(async (folder) => {
        const hosts = { hosta: hostWith(bench.one.socket), hostb: hostWith(other.socket) };
        const path = await fakeSsh(folder, hosts);
        const run = (...words: string[]) => withPath(path, () => vmlane(words));
        await bench.plug(['a', 'b']);
        const idle = ['idle', '--path', join(other.folder, 'idle.sock'), '--vlan', '7'];
        await vmlane(['switch', 'add', ...idle, '--control-socket', other.socket]);
        await use({ bench, other, path, run });
      }),
    ),
  );
}

it('lists the ports of both, as each lists its own', () =>
  withHosts(async ({ bench, other, run }) => {
    const { status, out, err } = await run('--host', 'hosta,hostb', 'switch', 'ports');
    expect({ status, err }).toEqual({ status: 0, err: '' });
    expect(out.split('\n').map((row) => row.split(/ +/).slice(0, 4))).toEqual([
      ['HOST', 'ID', 'NAME', 'STATE'],
      ['hosta', '0', 'a', 'up'],
      ['hosta', '1', 'b', 'up'],
      ['hostb', '0', 'idle', 'waiting'],
      [''],
    ]);
    const own = async (socket: string) =>
      JSON.parse((await vmlane(['switch', 'ports', '--json', '--control-socket', socket])).out);
    const all = await run('switch', 'ports', '--json', '--host=hostb,hosta');
    expect(JSON.parse(all.out)).toEqual({
      hosts: [
        { host: 'hostb', ...(await own(other.socket)) },
        { host: 'hosta', ...(await own(bench.one.socket)) },
      ],
    });
    await other.end('SIGTERM');
    const one = await run('switch', 'ports', '--host', 'hosta,hostb');
    expect(one.status).toBe(1);
    expect(one.out).toMatch(/^hosta +0 +a/m);
    expect(one.err).toMatch(/^vmlane: hostb: .*switch\.sock: no switch is running.*; .*\n$/);
  }));

it('shows live rates of both at a terminal, and of one while the other is gone', () =>
  withHosts(async ({ bench, other, path }) => {
    await bench.guests.traffic(['a', 'b'], 500);
    const main = join(packageRoot(), 'dist/bin/main.js');
    const words = ['switch', 'top', '--interval', '0.2', '--host', 'hosta,hostb'];
    const env = { PATH: path, VMLANE_HOST_TIMEOUT: '3600', VMLANE_SWITCH_TIMEOUT: '1' };
    const pty = new Pty(24, 120, [process.execPath, main, ...words], env);
    try {
      await pty.line(/^HOST +PORT +STATE/);
      await pty.line(/^hosta +[ab] +up +- +\d+ +\d+ +[1-9]/);
      await pty.line(/^hostb +idle +waiting +7/);
      expect(await pty.line(/^lcores: hosta: \d+ \d+ % {2}hostb: \d+ \d+ %/)).toBeDefined();
      pty.keys('/b\r');
      await pty.line(/1 shown .*only "b"/);
      pty.keys('/\r');
      pty.keys('p');
      await pty.line(/^pair: hosta: [ab] +-> [ab]/);
      pty.keys('p');
      await other.end('SIGTERM');
      // With other seconds each host is asked anew, and this one has no switch now.
      pty.keys('s0.3\r');
      await pty.line(/^hostb: .*switch\.sock: no switch is running/);
      await pty.line(/ 2 ports, 2 up, 2 shown .*each 0\.3 s/);
      pty.keys('q');
      expect(await pty.end()).toEqual({ status: 0, restored: true, after: '' });
    } finally {
      pty.kill();
      await bench.guests.quiet();
    }
    // What it has begun on hosts ends, too.
    await expect.poll(() => runningWith(bench.one.socket)).toEqual([]);
  }));

it('looks at a guest on those hosts that have it', () =>
  withHosts(async ({ run }) => {
    const words = ['--connect', 'test:///default', '--host', 'hosta,hostb'];
    const { status, out, err } = await run('doctor', 'test', ...words);
    expect({ status, err }).toEqual({ status: 1, err: '' });
    expect(out).toMatch(/^hosta: ok {5}guest: .*\n(hosta: .*\n)*hostb: ok {5}guest: /);
    const json = await run('doctor', 'test', '--json', ...words);
    const { guest, hosts } = JSON.parse(json.out);
    expect([json.status, guest]).toEqual([1, 'test']);
    expect(hosts.map(({ host, steps }: (typeof hosts)[0]) => [host, steps[0].step])).toEqual([
      ['hosta', 'guest'],
      ['hostb', 'guest'],
    ]);
    expect(await run('doctor', 'nobody', ...words)).toEqual({
      status: 2,
      out: '',
      err: "vmlane: domain nobody: none of hosta,hostb has it; 'vmlane domain list' lists a host's guests\n",
    });
    const some = await run('doctor', 'nobody', '--connect', 'test:///default', '--host', 'hosta,x');
    expect(some.status).toBe(1);
    expect(some.err).toMatch(/^vmlane: hosta: domain nobody: .*\nvmlane: x: cannot be reached/);
  }));

/** Processes of `vmlane switch top` whose switch that is. */
async function runningWith(socket: string): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const texts = pids.map(async (pid) => {
    const [line, env] = await Promise.all(
      ['cmdline', 'environ'].map((file) => readFile(`/proc/${pid}/${file}`, 'utf8')),
    ).catch(() => ['', '']);
    return env?.includes(`VMLANE_SWITCH=${socket}\0`) && line?.includes('\0top\0') ? [line] : [];
  });
  return (await Promise.all(texts)).flat();
}
