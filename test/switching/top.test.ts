/** `vmlane switch top` at a terminal and without one, with a real switch. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { patience } from '../../lab/slow.js';
import { packageRoot } from '../../src/switch/paths.js';
import { vmlane } from '../cli/test-io.js';
import { fakeSwitch } from '../switch/fake-switch.js';
import { type Bench, withBench } from './bench.js';
import { frame, mac } from './frames.js';
import { Pty } from './pty.js';
import { startSwitch } from './start.js';

/** With traffic between guests a and b, and an idle port. */
function withTraffic(use: (bench: Bench) => Promise<void>): Promise<void> {
  return withBench(async (bench) => {
    await bench.plug(['a', 'b']);
    await bench.add('idle');
    await bench.guests.traffic(['a', 'b'], 500);
    try {
      await use(bench);
    } finally {
      await bench.guests.quiet();
    }
  });
}

/** At a terminal, which gets it whatever becomes of the test. */
async function atTerminal(bench: Bench, words: string[], use: (pty: Pty) => Promise<void>) {
  const main = join(packageRoot(), 'dist/bin/main.js');
  const socket = ['--control-socket', bench.one.socket];
  const top = [main, 'switch', 'top', '--interval', '0.2', ...socket, ...words];
  // So long it looks for a switch that is gone, before it says so.
  const pty = new Pty(24, 120, [process.execPath, ...top], {
    VMLANE_SWITCH_TIMEOUT: String(patience(5000) / 1000),
  });
  try {
    await use(pty);
  } finally {
    pty.kill();
  }
}

/** With a rate both ways, of the lcore's load. */
const BUSY = /^a +up +- +\d+ +\d+ +[1-9]\S* +[1-9]\S* +[1-9]\S* +[1-9]/;

it('shows live rates at a terminal, does what keys say, and gives the terminal back', () =>
  withTraffic((bench) =>
    atTerminal(bench, [], async (pty) => {
      await pty.line(BUSY);
      expect(pty.screen[0]).toMatch(/^vmlane switch top \d\d:\d\d:\d\d {2}3 ports, 2 up, 3 shown/);
      expect(await pty.line(/^lcores: \d+ \d+ %/)).toBeDefined();
      await pty.line(/^idle +waiting/);
      pty.keys('i');
      await pty.line(/2 shown .*idle hidden/);
      pty.keys('/B\r');
      await pty.line(/1 shown .*only "B"/);
      expect(pty.screen.slice(5).map((line) => line.split(' ')[0])).toEqual(['b']);
      pty.keys('>');
      await pty.line(/TX_PKT\/Sv/);
      pty.resize(10, 40);
      await expect
        .poll(() => Math.max(...pty.screen.map((line) => line.length)), { timeout: 60_000 })
        .toBe(40);
      pty.keys('h');
      await pty.line(/^vmlane switch top: what ports carry/);
      pty.keys('xq');
      expect(await pty.end()).toEqual({ status: 0, restored: true, after: '' });
    }),
  ));

it('goes on over a restart of the switch, without a negative rate', () =>
  withTraffic((bench) =>
    atTerminal(bench, [], async (pty) => {
      await pty.line(BUSY);
      await bench.one.end('SIGKILL');
      await pty.line(/switch\.sock: .*(no switch is running|closed the connection)/);
      bench.one = await startSwitch(bench.one.folder);
      await pty.line(BUSY);
      expect(pty.all).not.toMatch(/ -\d/);
      pty.keys('\u0003');
      expect(await pty.end()).toEqual({ status: 0, restored: true, after: '' });
    }),
  ));

it('gives the terminal back before it says what is wrong, and when it is told to end', () =>
  withBench(async (bench) => {
    await atTerminal(bench, [], async (pty) => {
      await pty.line(/0 ports/);
      pty.signal(15);
      expect(await pty.end()).toEqual({ status: 0, restored: true, after: '' });
    });
    // SIGHUP and SIGQUIT, which end it without more ado.
    for (const signal of [1, 3])
      await atTerminal(bench, [], async (pty) => {
        await pty.line(/0 ports/);
        pty.signal(signal);
        expect(await pty.end()).toMatchObject({ restored: true });
      });
    await atTerminal(bench, [], async (pty) => {
      await pty.line(/0 ports/);
      await bench.one.end('SIGTERM');
      // A switch without rights leaves it behind.
      await rm(bench.one.socket, { force: true });
      const fake = await fakeSwitch(bench.one.socket, () => ({ result: { ports: 7 } }));
      const { status, restored, after } = await pty.end();
      await fake.close();
      expect([status, restored]).toEqual([1, true]);
      expect(after).toMatch(/^vmlane: .*does not speak the switch's protocol/);
    });
  }));

it('prints tables without a terminal, and JSON lines, as many as asked for, sorted and filtered', () =>
  withTraffic(async (bench) => {
    const words = ['switch', 'top', '--control-socket', bench.one.socket, '--interval', '0.2'];
    const { out, status } = await vmlane([...words, '--count', '2', '--sort', 'name', '--reverse']);
    expect(status).toBe(0);
    const tables = out.trimEnd().split('\n\n');
    expect(tables).toHaveLength(2);
    for (const table of tables) {
      const [titles, ...rows] = table.split('\n');
      expect(titles).toMatch(/^PORT\^ +STATE +VLAN +LCORE/);
      expect(rows.map((row) => row.split(' ')[0])).toEqual(['idle', 'b', 'a']);
      expect(rows[2]).toMatch(BUSY);
    }
    const json = await vmlane([...words, '--count', '2', '--filter', 'a', '--json', '--hide-idle']);
    const lines = json.out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines).toHaveLength(2);
    for (const { time, seconds, ports, lcores } of lines) {
      expect(time).toMatch(/^20\d\d-.*Z$/);
      expect(seconds).toBeGreaterThan(0);
      expect(ports).toHaveLength(1);
      expect(ports[0]).toMatchObject({ name: 'a', state: 'up', vlan: 0 });
      expect(ports[0].rates.rx_packets).toBeGreaterThan(0);
      expect(ports[0].rates.rx_bits).toBeGreaterThan(8 * 60 * ports[0].rates.rx_packets);
      expect(lcores[0].load).toBeGreaterThan(0);
    }
  }));

it('shows what is dropped, by reason', () =>
  withBench(async (bench) => {
    await bench.plug(['a']);
    const words = ['switch', 'top', '--control-socket', bench.one.socket];
    const running = vmlane([...words, '--interval', '0.2', '--count', '5', '--json']);
    let ended = false;
    void running.then(() => {
      ended = true;
    });
    const alone = Array<string>(10).fill(frame({ to: mac(2), from: mac(1) }));
    while (!ended) await bench.guests.send('a', alone);
    const lines = (await running).out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.some(({ ports }) => ports[0].rates.reasons.no_port > 0)).toBe(true);
    for (const { ports } of lines) {
      const { drops, reasons } = ports[0].rates;
      expect(drops).toBeCloseTo(Object.values<number>(reasons).reduce((a, b) => a + b, 0));
    }
  }));
