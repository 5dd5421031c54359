/** A real switch that is started from its settings file, again and again. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { switchStart } from '../../src/cli/commands/switch/start.js';
import { stopSwitch } from '../../src/switch/index.js';
import { START_NAMES } from '../../src/switch/start-options.js';
import { allowedCpus } from '../../src/system/os/cpus.js';
import { inFolder } from '../switch/folder.js';
import { vmlane } from './test-io.js';

it('a switch has the options of its file after each start, those of the command line win', () =>
  inFolder(async (folder) => {
    const file = join(folder, 'switch.yaml');
    const socket = join(folder, 'switch.sock');
    const first = allowedCpus('/')[0] ?? 0;
    const run = async (words: string[], status = 0) => {
      const given = ['switch', ...words, '--settings', file, '--control-socket', socket];
      const result = await vmlane(given);
      expect([words, result.status, result.err]).toEqual([words, status, result.err]);
      return result;
    };
    const text = `# small\ncpus: ${first}\nmemory: 64 # MiB\nno-huge: true\nidle-sleep: 1000\nageing: 77\n`;
    writeFileSync(file, `${text}device: {up0: net_null0}\n`);
    const info = async () =>
      JSON.parse((await vmlane(['switch', 'info', '--json', '--control-socket', socket])).out);
    const hasAll = async () => {
      const { settings, lcores, devices } = await info();
      expect(settings).toMatchObject({ ageing: 77, idle_sleep: 1000 });
      expect(lcores).toMatchObject([{ cpu: first }]);
      expect(devices).toMatchObject([{ of: 'up0' }]);
    };
    try {
      const started = await run(['start', '--json']);
      // The file wants them: nothing to tell.
      expect(started.err).not.toContain('ordinary pages');
      const { pid } = JSON.parse(started.out);
      await hasAll();
      process.kill(pid, 'SIGKILL');
      await expect.poll(() => alive(pid)).toBe(false);
      const again = JSON.parse((await run(['start', '--json'])).out);
      expect([again.changed, again.pid === pid]).toEqual([true, false]);
      await hasAll();
      expect((await run(['start'])).err).toContain('is already running');

      const set = await run(['settings', 'set', 'ageing=78', 'mergeable=true']);
      expect(set.err).toContain('vmlane switch set --ageing 78\n');
      expect(set.err).toContain('has not yet --mergeable on (it has off); guests stay up: ');
      expect(readFileSync(file, 'utf8')).toContain('# small\n');
      const shown = await run(['settings']);
      expect(shown.out).toMatch(/^ageing +78 +77$/m);
      expect(shown.out).toMatch(/^memory +64 +the same$/m);
      expect(JSON.parse((await run(['settings', '--json'])).out)).toMatchObject({
        settings: { ageing: 78, device: { up0: 'net_null0' } },
        differences: [
          { option: 'mergeable', asked: 'on', running: 'off', live: false },
          { option: 'ageing', asked: '78', running: '77', live: true },
        ],
      });
      expect((await run(['start'], 1)).err).toContain(
        `with other options than asked for, or ${file} has: --mergeable on (it has off)`,
      );
      expect((await run(['settings', 'unset', 'device'])).err).toContain(
        "a device that is unset stays a port until 'vmlane switch remove NAME'\n",
      );
      await vmlane(['switch', 'remove', 'up0', '--control-socket', socket]);

      await stopSwitch(socket);
      await run(['start', '--ageing', '79']);
      const { settings, mergeable, devices } = await info();
      expect([settings.ageing, mergeable, devices]).toEqual([79, true, undefined]);
    } finally {
      await stopSwitch(socket);
    }
  }));

it('a file with a mistake starts no switch', () =>
  inFolder(async (folder) => {
    const file = join(folder, 'a.yaml');
    writeFileSync(file, 'idle-sleep: 1000\nmemroy: 64\n');
    const at = ['--settings', file, '--control-socket', join(folder, 'switch.sock')];
    expect(await vmlane(['switch', 'start', ...at])).toEqual({
      status: 2,
      out: '',
      err: `vmlane: ${file}: line 2: memroy: there is no such setting; did you mean "memory"?\n`,
    });
  }));

it('the options of switch start are those of the file, and some that are about one start', () => {
  const about = ['control-socket', 'settings', 'no-settings', 'foreground', 'dry-run', 'json'];
  expect(Object.keys(switchStart.options).sort()).toEqual([...START_NAMES, ...about].sort());
});

/** A zombie does not count. */
function alive(pid: number): boolean {
  try {
    return !/^State:\t[XZ]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
