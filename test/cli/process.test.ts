import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, open, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { patience } from '../../lab/slow.js';
import { packageRoot } from '../../src/switch/paths.js';
import { runningSwitch } from '../../src/switch/start.js';
import { type Asked, withFake } from '../switch/fake-switch.js';
import { inFolder } from '../switch/folder.js';

const main = join(packageRoot(), 'dist/bin/main.js');
const debugOff = { VMLANE_DEBUG: '' };

/** Runs the built command line as a user would. */
function vmlane(words: string[], options: { env?: NodeJS.ProcessEnv; input?: string } = {}) {
  const env = { ...debugOff, ...options.env };
  const input = options.input ?? '';
  return execa(process.execPath, [main, ...words], {
    reject: false,
    timeout: patience(60_000),
    input,
    env,
  });
}

const manyEntries = Array.from({ length: 20_000 }, (_, i) => ({
  mac: `52:54:00:${(i + 0x100000).toString(16).replace(/(..)(..)(..)/, '$1:$2:$3')}`,
  vlan: 0,
  port: 'a.0',
  age: i,
}));
const many = (_: Asked) => ({ result: { entries: manyEntries, total: manyEntries.length } });

describe('the process', () => {
  it.each([
    [['--help'], 0],
    [['--version'], 0],
    [['switch', 'ports', '--control-socket', '/nonexistent/switch.sock'], 1],
    [['switch', 'prots'], 2],
    [['domain', 'generate', '/nonexistent/spec.yaml'], 2],
  ])('%j ends with %i, talk and data apart', async (words, status) => {
    const { exitCode, stdout, stderr } = await vmlane(words);
    expect(exitCode).toBe(status);
    if (status === 0) expect(stderr).toBe('');
    else expect([stdout, stderr.split('\n')]).toEqual(['', [expect.stringMatching(/^vmlane.*;/)]]);
  });

  it('is a filter', async () => {
    const input = 'name: a\nmemory: 1GiB\nvcpus: 1\nboot: {kernel: /boot/vmlinuz}\n';
    const { exitCode, stdout } = await vmlane(['domain', 'generate', '-'], { input });
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^<domain .*<\/domain>$/s);
  });

  it('reads lists of ports in YAML', async () => {
    const words = ['switch', 'add', '--from', '-', '--control-socket', '/nonexistent/switch.sock'];
    const { exitCode, stderr } = await vmlane(words, { input: '- {name: a, path: /run/a}\n' });
    expect(exitCode).toBe(1);
    expect(stderr).toContain('no switch is running');
  });

  it('shows a stack only when asked to', async () => {
    const words = ['switch', 'ports', '--control-socket', '/nonexistent/switch.sock'];
    expect((await vmlane(words)).stderr).not.toContain(' at ');
    const { exitCode, stderr } = await vmlane(words, { env: { VMLANE_DEBUG: '1' } });
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/no switch is running.*\n\s+at /s);
  });

  it('gives all of a long answer to a slow reader', () =>
    withFake(many, async (path) => {
      const { exitCode, stdout } = await vmlane([
        'switch',
        'fdb',
        '--json',
        '--control-socket',
        path,
      ]);
      expect(exitCode).toBe(0);
      expect(JSON.parse(stdout).entries).toHaveLength(manyEntries.length);
    }));

  it('ends quietly when its reader has seen enough', () =>
    withFake(many, async (path) => {
      const child = spawn(process.execPath, [main, 'switch', 'fdb', '--control-socket', path]);
      let told = '';
      child.stderr.on('data', (chunk) => {
        told += chunk;
      });
      child.stdout.once('data', () => child.stdout.destroy());
      const [code, signal] = await once(child, 'close');
      expect([code, signal, told]).toEqual([0, null, '']);
    }));

  it('fails when its data could not be written', async () => {
    const full = await open('/dev/full', 'w');
    try {
      const child = spawn(process.execPath, [main, '--help'], {
        stdio: ['ignore', full.fd, 'pipe'],
      });
      let told = '';
      child.stderr?.on('data', (chunk) => {
        told += chunk;
      });
      const [code] = await once(child, 'close');
      expect(code).toBe(1);
      expect(told).toMatch(/^vmlane: standard output: ENOSPC[^\n]*\n$/);
    } finally {
      await full.close();
    }
  });
});

describe('domain validate', () => {
  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    'ended by %s leaves no texts of guests behind, nor xmllint',
    (signal) =>
      inFolder(async (folder) => {
        const specs = join(folder, 'guests');
        const temporary = join(folder, 'tmp');
        await mkdir(specs);
        await mkdir(temporary);
        for (const name of ['a', 'b']) {
          const spec = `name: ${name}\nmemory: 64MiB\nboot: {kernel: /boot/vmlinuz}\n`;
          await writeFile(join(specs, `${name}.yaml`), spec);
        }
        // Stands in for one that takes long.
        const script = `#!/bin/sh\necho $$ > ${folder}/pid\nexec sleep 60\n`;
        await writeFile(join(folder, 'xmllint'), script, { mode: 0o755 });
        await writeFile(join(folder, 'domain.rng'), '');
        const words = ['domain', 'validate', specs, '--offline'];
        const child = spawn(
          process.execPath,
          [main, ...words, '--schema', join(folder, 'domain.rng')],
          {
            env: { ...process.env, PATH: `${folder}:${process.env.PATH}`, TMPDIR: temporary },
            stdio: 'ignore',
          },
        );
        const closed = once(child, 'close');
        const pid = () => readFile(join(folder, 'pid'), 'utf8').catch(() => '');
        await expect.poll(pid).toMatch(/\d\n/);
        expect(await readdir(temporary)).toHaveLength(1);
        child.kill(signal);
        expect(await closed).toEqual([null, signal]);
        expect(await readdir(temporary)).toEqual([]);
        const ended = Number(await pid());
        await expect.poll(() => existsSync(`/proc/${ended}`)).toBe(false);
      }),
  );
});

describe('domain apply', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)(
    'the first signal lets it finish what is under way, the second, %s, ends it',
    (last) =>
      inFolder(async (folder) => {
        // What is under way hangs: a program that makes no image.
        await mkdir(join(folder, 'guests'));
        const disk = `{cloudInit: {userData: "#cloud-config", path: ${folder}/seed.iso}}`;
        const spec = `name: a\nmemory: 64MiB\nboot: {kernel: /boot/vmlinuz}\ndisks: [${disk}]\n`;
        await writeFile(join(folder, 'guests/a.yaml'), spec);
        const script = `#!/bin/sh\necho $$ > ${folder}/pid\nexec sleep 60\n`;
        await writeFile(join(folder, 'genisoimage'), script, { mode: 0o755 });
        const words = ['domain', 'apply', '-f', join(folder, 'guests')];
        const child = spawn(process.execPath, [main, ...words, '--connect', 'test:///default'], {
          env: { ...process.env, PATH: `${folder}:${process.env.PATH}` },
          stdio: 'ignore',
        });
        const closed = once(child, 'close');
        try {
          const pidFile = join(folder, 'pid');
          const pid = () => readFile(pidFile, 'utf8').catch(() => '');
          await expect.poll(pid).toMatch(/\d\n/);
          child.kill('SIGINT');
          await setTimeout(300);
          expect([child.exitCode, child.signalCode]).toEqual([null, null]);
          child.kill(last);
          expect(await closed).toEqual([null, last]);
          // What it had begun does not outlive it.
          const maker = `/proc/${(await pid()).trim()}/cmdline`;
          const words = () => readFile(maker, 'utf8').catch(() => '');
          await expect.poll(words).not.toContain('sleep');
        } finally {
          child.kill('SIGKILL');
        }
      }),
  );
});

describe('switch start', () => {
  it('leaves the switch running, and free of the terminal', () =>
    inFolder(async (folder) => {
      const socket = join(folder, 'switch.sock');
      const at = ['--control-socket', socket];
      const words = ['switch', 'start', '--no-huge', '--memory', '64', '--idle-sleep', '1000'];
      const { exitCode, stderr } = await vmlane([...words, ...at]);
      try {
        expect([exitCode, stderr]).toEqual([0, expect.stringContaining('vmlane: switch started')]);
        const hello = await runningSwitch(socket);
        const stat = await readFile(`/proc/${hello?.pid}/stat`, 'utf8');
        const [session, terminal] = stat
          .slice(stat.lastIndexOf(')') + 2)
          .split(' ')
          .slice(3, 5);
        expect([Number(session), terminal]).toEqual([hello?.pid, '0']);
      } finally {
        expect((await vmlane(['switch', 'stop', ...at])).exitCode).toBe(0);
      }
    }));

  it('--foreground passes signals on and ends as the switch does', () =>
    inFolder(async (folder) => {
      const socket = join(folder, 'switch.sock');
      const words = ['switch', 'start', '--foreground', '--no-huge', '--memory', '64'];
      words.push('--idle-sleep', '1000', '--control-socket', socket);
      const child = spawn(process.execPath, [main, ...words], { stdio: 'ignore' });
      const closed = once(child, 'close');
      await expect.poll(() => runningSwitch(socket).catch(() => undefined)).toBeDefined();
      const second = await vmlane(words);
      expect(second.exitCode).toBe(1);
      expect(second.stderr).toContain('a switch is already running there');
      child.kill('SIGTERM');
      expect(await closed).toEqual([0, null]);
      expect(existsSync(socket)).toBe(false);
    }));

  it('interrupted while it waits leaves nothing running', () =>
    inFolder(async (folder) => {
      const script = join(folder, 'script');
      await writeFile(script, `#!/bin/sh\necho $$ > ${folder}/pid\nexec sleep 60\n`, {
        mode: 0o755,
      });
      const words = ['switch', 'start', '--control-socket', join(folder, 'switch.sock')];
      const child = spawn(process.execPath, [main, ...words], {
        env: { ...process.env, VMLANE_SWITCH_BINARY: script },
        stdio: 'ignore',
      });
      const closed = once(child, 'close');
      await expect.poll(() => existsSync(join(folder, 'pid'))).toBe(true);
      child.kill('SIGINT');
      expect(await closed).toEqual([1, null]);
      const pid = (await readFile(join(folder, 'pid'), 'utf8')).trim();
      // Its parent waits for it, so not even a zombie may be left.
      expect(existsSync(`/proc/${pid}`)).toBe(false);
    }));
});
