/** Metrics of a real switch, scraped by a real Prometheus, and in a file for node_exporter. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { expect, it } from 'vitest';
import { packageRoot } from '../../src/switch/paths.js';
import { prometheusProgram, promtool } from '../metrics/promtool.js';
import { withBench } from './bench.js';
import { BROADCAST, frame, mac } from './frames.js';

const MAIN = join(packageRoot(), 'dist/bin/main.js');

/** Runs a program while `use` does; it must end by itself when it is told to, with this status. */
async function beside<T>(
  program: string,
  words: string[],
  use: (child: ChildProcess) => Promise<T>,
  status = 0,
): Promise<T> {
  // As on a host: with the tests' own patience it would wait for a switch that is gone.
  const env = { ...process.env, VMLANE_SWITCH_TIMEOUT: '2' };
  const child = spawn(program, words, { stdio: ['ignore', 'ignore', 'pipe'], env });
  const ended = once(child, 'exit');
  try {
    return await use(child);
  } finally {
    child.kill('SIGINT');
    expect((await ended)[0]).toBe(status);
  }
}

/** Where `vmlane metrics` says that it listens. */
async function address({ stderr }: ChildProcess): Promise<string> {
  if (!stderr) throw new Error('no standard error');
  for await (const line of createInterface({ input: stderr })) {
    const at = /metrics at (\S+)\/metrics$/.exec(line)?.[1];
    if (at !== undefined) return at;
  }
  throw new Error('it said nothing');
}

/** The port that a process listens on; undefined: none yet. */
async function portOf({ pid }: ChildProcess): Promise<string | undefined> {
  const { stdout } = await execa('ss', ['-H', '-ltnp']);
  const line = stdout.split('\n').find((one) => one.includes(`,pid=${pid},`));
  return /:(\d+)\s/.exec(line ?? '')?.[1];
}

it('Prometheus knows what guests sent, and that the switch is gone', () =>
  withBench(async (bench) => {
    const { folder, socket } = bench.one;
    await bench.plug(['a.0', 'b.0'], { vlan: 7 });
    await bench.add('waits.0');
    const sent = Array.from({ length: 5 }, (_, i) =>
      frame({ to: BROADCAST, from: mac(1), seed: i }),
    );
    await bench.guests.send('a.0', sent);
    await expect.poll(async () => (await bench.stats('b.0')).tx_packets).toBe(5);
    const serve = ['metrics', '--listen', '127.0.0.1:0', '--control-socket', socket];
    await beside(process.execPath, [MAIN, ...serve], async (exporter) => {
      const target = await address(exporter);
      const text = await (await fetch(`http://${target}/metrics`)).text();
      expect(await promtool(['check', 'metrics'], text)).toBe('');
      const config = join(folder, 'prometheus.yml');
      const jobs = [{ job_name: 'vmlane', static_configs: [{ targets: [target] }] }];
      const global = { scrape_interval: '1s', scrape_timeout: '1s' };
      writeFileSync(config, JSON.stringify({ global, scrape_configs: jobs }));
      const words = [
        `--config.file=${config}`,
        `--storage.tsdb.path=${join(folder, 'prometheus')}`,
        '--web.listen-address=127.0.0.1:0',
      ];
      await beside(prometheusProgram('prometheus'), words, async (prometheus) => {
        await expect.poll(() => portOf(prometheus)).toBeDefined();
        const api = `http://127.0.0.1:${await portOf(prometheus)}/api/v1`;
        const query = async (expression: string) => {
          const url = `${api}/query?query=${encodeURIComponent(expression)}`;
          // It listens before it answers.
          const answer = await fetch(url).catch(() => undefined);
          if (!answer?.ok) return undefined;
          const { data } = (await answer.json()) as {
            data: { result: { metric: Record<string, string>; value: [number, string] }[] };
          };
          return data.result.map(({ metric, value }) => [metric.port ?? '', Number(value[1])]);
        };
        const of = (expression: string) => expect.poll(() => query(expression));
        await of('vmlane_up').toEqual([['', 1]]);
        await of('vmlane_port_receive_packets_total > 0').toEqual([['a.0', 5]]);
        await of('vmlane_port_transmit_bytes_total > 0').toEqual([['b.0', 5 * 64]]);
        await of('vmlane_port_info{guest="b", vlan="7", kind="vhost-user"}').toEqual([['b.0', 1]]);
        await of('vmlane_port_up == 0').toEqual([['waits.0', 0]]);
        await of('count(vmlane_port_drops_total{port="a.0"})').toEqual([['', expect.any(Number)]]);
        const build = `vmlane_switch_build_info{version="${bench.client.hello.version}"}`;
        await of(build).toEqual([['', 1]]);
        const targets = (await (await fetch(`${api}/targets`)).json()) as {
          data: { activeTargets: { lastError: string; health: string }[] };
        };
        expect(targets.data.activeTargets).toMatchObject([{ lastError: '', health: 'up' }]);
        await bench.guests.close('a.0');
        await bench.guests.close('b.0');
        await bench.one.end('SIGTERM');
        await of('vmlane_up').toEqual([['', 0]]);
        await of('vmlane_port_up').toEqual([]);
        await of('up{job="vmlane"}').toEqual([['', 1]]);
      });
    });
  }));

it('a file for node_exporter comes, follows the switch, and goes', () =>
  withBench(async (bench) => {
    const { folder, socket } = bench.one;
    await bench.add('a.0');
    const textfiles = join(folder, 'textfiles');
    await mkdir(textfiles);
    const file = join(textfiles, 'vmlane.prom');
    const words = ['metrics', '--file', file, '--interval', '1', '--control-socket', socket];
    const ports = () => {
      const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
      // Never a part of it.
      expect(text === '' || text.endsWith('\n')).toBe(true);
      return [...text.matchAll(/^vmlane_port_up\{port="(.*)"\}/gm)].map(([, name]) => name);
    };
    await beside(process.execPath, [MAIN, ...words], async () => {
      await expect.poll(ports).toEqual(['a.0']);
      expect(await promtool(['check', 'metrics'], readFileSync(file, 'utf8'))).toBe('');
      await bench.add('b.0');
      await expect.poll(ports).toEqual(['a.0', 'b.0']);
      // What cannot be written now may be in a while: a disk is full for some time.
      await rename(textfiles, `${textfiles}.away`);
      await expect.poll(ports).toEqual([]);
      await sleep(1500);
      await mkdir(textfiles);
      await expect.poll(ports).toEqual(['a.0', 'b.0']);
    });
    expect(existsSync(file)).toBe(false);
  }));
