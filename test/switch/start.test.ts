import { once } from 'node:events';
import { chmod, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  type LaunchOptions,
  type LaunchPlan,
  planLaunch,
  runInForeground,
  SwitchClient,
  startSwitch,
  stopSwitch,
} from '../../src/switch/index.js';
import { FAKE_HELLO, fakeSwitch } from './fake-switch.js';
import { inFolder } from './folder.js';

/** A real switch's plan, small and idle, below the folder. */
function realPlan(folder: string, more: LaunchOptions = {}): Promise<LaunchPlan> {
  const small = { memoryMiB: 64, hugePages: false, idleSleep: 1000 };
  return planLaunch({ controlSocket: join(folder, 'switch.sock'), ...small, ...more });
}

function other(folder: string, socket: string): LaunchOptions {
  return { controlSocket: join(folder, socket) };
}

/** The plan for a shell script in the place of the switch. */
async function scriptPlan(folder: string, script: string): Promise<LaunchPlan> {
  const binary = join(folder, 'script');
  await writeFile(binary, `#!/bin/sh\necho $$ > ${folder}/pid\n${script}\n`);
  await chmod(binary, 0o755);
  return planLaunch({ binary, controlSocket: join(folder, 'switch.sock') });
}

/** Whether the process that the script was exists; a zombie does not count. */
async function scriptRuns(folder: string): Promise<boolean> {
  const pid = (await readFile(join(folder, 'pid'), 'utf8').catch(() => '')).trim();
  if (pid === '') return false; // ended before it came to its first line
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => 'State:\tX');
  return !/^State:\t[XZ]/m.test(status);
}

describe('starting and stopping the real switch', () => {
  it('works, and twice is as good as once', () =>
    inFolder(async (folder) => {
      const plan = await realPlan(folder);
      const told: string[] = [];
      const started = await startSwitch(plan, { progress: (text) => told.push(text) });
      try {
        expect(started).toMatchObject({ changed: true, hello: { name: 'vhost-switch' } });
        expect(told).toEqual([`starting ${plan.binary}; its log is ${plan.logFile}`]);
        expect((await stat(plan.logFile)).mode & 0o777).toBe(0o600);
        const again = await startSwitch(plan);
        expect(again).toMatchObject({ changed: false, hello: { pid: started.hello.pid } });
      } finally {
        const { pid } = started.hello;
        expect(await stopSwitch(plan.controlSocket)).toEqual({ changed: true, pid });
      }
      expect(await stopSwitch(plan.controlSocket)).toEqual({ changed: false });
      expect(await readdir(folder)).not.toContain('switch.sock');
    }));

  it('beside one with other options is refused, in a line with what differs and the remedy', () =>
    inFolder(async (folder) => {
      const { controlSocket, ...plan } = await realPlan(folder);
      const { hello } = await startSwitch({ controlSocket, ...plan });
      try {
        const more = { tso: true, uplink: 'net_null0' };
        await expect(startSwitch(await realPlan(folder, more))).rejects.toMatchObject({
          exitCode: 1,
          message: `${controlSocket}: a switch runs there (pid ${hello.pid}) with other options than asked for: --uplink net_null0 (it has none or unknown), --tso on (it has off); 'vmlane switch stop' it and start it again; guests keep their NICs`,
        });
        await expect(startSwitch(await realPlan(folder, { ageing: 60 }))).rejects.toThrow(
          '--ageing 60 (it has 300); vmlane switch set --ageing 60',
        );
        expect(await startSwitch(await realPlan(folder, { ageing: 300 }))).toMatchObject({
          changed: false,
        });
      } finally {
        await stopSwitch(controlSocket);
      }
    }));

  it('one that just ends drops its callers, and is waited for', () =>
    inFolder(async (folder) => {
      const plan = await realPlan(folder);
      let dropped = 0;
      const ending = createServer((caller) => {
        caller.destroy();
        dropped++;
        if (dropped === 3) ending.close();
      }).listen(plan.controlSocket);
      await once(ending, 'listening');
      try {
        expect(await startSwitch(plan)).toMatchObject({ changed: true });
        expect(dropped).toBe(3);
      } finally {
        ending.close();
        await stopSwitch(plan.controlSocket);
      }
    }));

  it('two in one folder keep apart: ports, log', () =>
    inFolder(async (folder) => {
      const plans = [await realPlan(folder), await realPlan(folder, other(folder, 'b.sock'))];
      const logs = plans.map(({ logFile }) => basename(logFile));
      expect(logs).toEqual(['switch.log', 'b.log']);
      try {
        for (const plan of plans) {
          await startSwitch(plan);
          const client = await SwitchClient.connect(plan.controlSocket);
          expect(await client.ports()).toEqual([]);
          await client.addPort({ name: 'a', path: `${plan.controlSocket}.a` });
          client.close();
        }
        for (const file of ['switch/ports.json', 'b/ports.json']) {
          const { ports } = JSON.parse(await readFile(join(folder, file), 'utf8'));
          expect(ports).toHaveLength(1);
        }
      } finally {
        for (const { controlSocket } of plans) await stopSwitch(controlSocket);
      }
    }));

  it('a state file that another switch uses is refused, until that one ends', () =>
    inFolder(async (folder) => {
      const first = await realPlan(folder);
      const stateFile = join(folder, 'switch/ports.json');
      const second = await realPlan(folder, { ...other(folder, 'b.sock'), stateFile });
      await startSwitch(first);
      try {
        await expect(startSwitch(second)).rejects.toThrow(
          `${stateFile}: another switch keeps its ports there; give this switch a --state-file`,
        );
      } finally {
        await stopSwitch(first.controlSocket);
      }
      expect(await startSwitch(second)).toMatchObject({ changed: true });
      await stopSwitch(second.controlSocket);
    }));

  it('does not make a folder that was mistyped', () =>
    inFolder(async (folder) => {
      const plan = await realPlan(folder, other(folder, 'typo/x.sock'));
      await expect(startSwitch(plan)).rejects.toMatchObject({
        exitCode: 2,
        message: `${folder}/typo: there is no such folder for the control socket; make it, such as with: install -d -m 755 ${folder}/typo`,
      });
      await expect(runInForeground(plan)).rejects.toMatchObject({ exitCode: 2 });
      expect(await readdir(folder)).toEqual([]);
    }));

  it('two at once end as one switch', () =>
    inFolder(async (folder) => {
      const plan = await realPlan(folder);
      const both = await Promise.all([startSwitch(plan), startSwitch(plan)]);
      try {
        expect(both[0].hello.pid).toBe(both[1].hello.pid);
        expect(both.filter(({ changed }) => changed)).toHaveLength(1);
      } finally {
        await stopSwitch(plan.controlSocket);
      }
    }));
});

describe('a switch that does not start', () => {
  it('is reported with the last lines of its log, older ones left out', () =>
    inFolder(async (folder) => {
      const plan = await scriptPlan(
        folder,
        "echo 'EAL: no memory here'; echo '  --usage'; printf 'Usage: a\\n  and more\\n'; exit 3",
      );
      await writeFile(plan.logFile, 'EAL: from yesterday\n');
      await expect(startSwitch(plan)).rejects.toMatchObject({
        exitCode: 1,
        message: `vhost-switch: did not start: it ended (exit code 3): EAL: no memory here; see ${plan.logFile}`,
      });
      expect(await readFile(plan.logFile, 'utf8')).toContain('from yesterday');
    }));

  it('is ended at the deadline, even when it does not listen to SIGTERM', () =>
    inFolder(async (folder) => {
      const plan = await scriptPlan(folder, "trap '' TERM; while :; do sleep 0.05; done");
      await expect(startSwitch(plan, { deadlineMs: 300 })).rejects.toThrow(
        'did not start: no answer within 0.3 s',
      );
      expect(await scriptRuns(folder)).toBe(false);
    }));

  it('is ended when the user gives up', () =>
    inFolder(async (folder) => {
      const plan = await scriptPlan(folder, 'exec sleep 60');
      const abort = new AbortController();
      const outcome = startSwitch(plan, { signal: abort.signal }).catch(String);
      await expect.poll(() => scriptRuns(folder)).toBe(true);
      abort.abort();
      expect(await outcome).toContain('interrupted');
      expect(await scriptRuns(folder)).toBe(false);
    }));

  it('is no program for this machine', () =>
    inFolder(async (folder) => {
      const plan = await scriptPlan(folder, '');
      await writeFile(plan.binary, '#!/nonexistent/interpreter\n');
      await expect(startSwitch(plan)).rejects.toThrow(`${plan.binary}: could not be started`);
    }));

  it('may not write where a link in its folder leads', () =>
    inFolder(async (folder) => {
      const plan = await scriptPlan(folder, 'exit 0');
      await symlink(join(folder, 'elsewhere'), plan.logFile);
      await expect(startSwitch(plan)).rejects.toThrow('the log cannot be opened (ELOOP)');
      expect(await readdir(folder)).not.toContain('elsewhere');
    }));
});

describe('stopSwitch', () => {
  it('signals nothing but vhost-switch', () =>
    inFolder(async (folder) => {
      const path = join(folder, 'switch.sock');
      const hello = { ...FAKE_HELLO, pid: process.pid };
      const fake = await fakeSwitch(
        path,
        () => undefined,
        () => ({ result: hello }),
      );
      const kill = () => {
        throw new Error('signalled');
      };
      await expect(stopSwitch(path, { kill })).rejects.toThrow(
        `${path}: the switch there says pid ${process.pid}, which is node`,
      );
      await fake.close();
    }));

  it('says so when the switch does not end', () =>
    inFolder(async (folder) => {
      const plan = await realPlan(folder);
      const { hello } = await startSwitch(plan);
      try {
        const signals: string[] = [];
        const kill = (_pid: number, signal: string) => void signals.push(signal);
        await expect(stopSwitch(plan.controlSocket, { deadlineMs: 300, kill })).rejects.toThrow(
          `the switch (pid ${hello.pid}) has not ended within 0.3 s`,
        );
        expect(signals).toEqual(['SIGTERM']);
      } finally {
        await stopSwitch(plan.controlSocket);
      }
    }));
});
