import { expect, test } from 'vitest';
import { patience } from '../../lab/slow.js';
import { Source } from '../../src/metrics/source.js';
import { FAKE_HELLO, fakeSwitch, withFake } from '../switch/fake-switch.js';
import { answersOf, SAMPLE } from './sample.js';

/** A clock that a test moves, in milliseconds. */
function clockwork() {
  const clock = { now: 0 };
  return { clock, clockOf: () => clock.now };
}

test('a scrape is three requests, on a connection that stays; who asks again at once gets the same', () =>
  withFake(
    ({ method }) => answersOf(SAMPLE, method),
    async (path, { asked }) => {
      const { clock, clockOf } = clockwork();
      const source = new Source(path, { clock: clockOf });
      const methods = () => asked.splice(0).map(({ method }) => method);
      const many = await Promise.all([1, 2, 3, 4].map(() => source.text('text')));
      expect(new Set(many).size).toBe(1);
      expect(methods().sort()).toEqual(['hello', 'port.list', 'stats.get', 'switch.info']);
      await source.text('openmetrics');
      clock.now = 999;
      await source.text('text');
      expect(methods()).toEqual([]);
      clock.now = 1000;
      expect(await source.text('text')).toContain('vmlane_port_up{port="web1.0"} 1\n');
      expect(methods().sort()).toEqual(['port.list', 'stats.get', 'switch.info']);
      source.close();
    },
  ));

test('a switch that comes, goes and comes again', () =>
  withFake(
    ({ method }) => answersOf(SAMPLE, method),
    async (path, first) => {
      const { clock, clockOf } = clockwork();
      const said: (string | undefined)[] = [];
      const source = new Source(path, {
        clock: clockOf,
        deadlineMs: patience(2000),
        onChange: (trouble) => said.push(trouble?.message),
      });
      const look = async () => {
        clock.now += 1000;
        return /^vmlane_up .*$/m.exec(await source.text('text'))?.[0];
      };
      expect(await look()).toBe('vmlane_up 1');
      await first.close();
      expect([await look(), await look()]).toEqual(['vmlane_up 0', 'vmlane_up 0']);
      const again = await fakeSwitch(path, ({ method }) => answersOf(SAMPLE, method));
      expect(await look()).toBe('vmlane_up 1');
      source.close();
      await again.close();
      expect(said).toEqual([expect.stringContaining('no switch is running there'), undefined]);
    },
  ));

test.each([
  ['does not answer', () => undefined],
  ['answers with an error', () => ({ error: { code: -32004, message: 'x: not allowed; ask' } })],
  ['is no switch', () => ({ result: { ports: 'none' } })],
])('one that %s is down', (_, answer) =>
  withFake(answer, async (path) => {
    const source = new Source(path, { deadlineMs: 200 });
    expect(await source.text('text')).toContain('\nvmlane_up 0\n');
    source.close();
  }),
);

test('when it started does not change with each look, only with its process', async () => {
  let born = Date.now() - 1_000_000;
  const hello = () => ({ result: { ...FAKE_HELLO, uptime: (Date.now() - born) / 1000 } });
  await withFake(
    ({ method }) => answersOf(SAMPLE, method),
    async (path) => {
      const { clock, clockOf } = clockwork();
      const source = new Source(path, { clock: clockOf });
      const started = async () => {
        clock.now += 1000;
        const text = await source.text('text');
        return Number(/^vmlane_switch_start_time_seconds (.*)$/m.exec(text)?.[1]);
      };
      const first = await started();
      expect(await started()).toBe(first);
      source.close();
      expect(await started()).toBe(first);
      source.close();
      // Another one, which has the number of the former.
      born = Date.now() - 7000;
      expect(await started()).toBeGreaterThan(first + 900);
      source.close();
    },
    hello,
  );
});
