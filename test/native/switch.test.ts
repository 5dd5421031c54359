/** What the program does besides forwarding: signals, and the file that keeps its ports. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SwitchClient } from '../../src/switch/client.js';
import { inFolder } from '../switch/folder.js';
import { builtProgram, withRealSwitch } from '../switch/real-switch.js';

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
