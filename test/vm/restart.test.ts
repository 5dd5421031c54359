import { expect, test } from 'vitest';
import { until } from '../../lab/poll.js';
import { DEFAULT_CONTROL_SOCKET } from '../../src/contract/bounds.js';
import { SwitchClient } from '../../src/switch/client.js';
import { parsePing } from '../../src/trial/ping.js';
import { tellAllOnFailure, useLab } from './use-lab.js';

const INTERVAL_MS = 50;
const running = useLab();

test('pings resume after the switch was killed with -9 and started again', async () => {
  tellAllOnFailure();
  const { lab, a } = running;
  const before = [await lab.qemuPid('a'), await lab.qemuPid('b')];
  const pings = `ping -i ${INTERVAL_MS / 1000} 10.77.0.2 >/tmp/pings 2>&1 & echo $!`;
  const ping = Number((await a.run(pings)).output);
  await replies(1);

  const { pid } = (await control()).hello;
  process.kill(pid, 'SIGKILL');
  const killed = Date.now();
  await lab.startSwitch();
  const up = Date.now();
  await replies(1);
  const back = Date.now();
  // A second of pings after the first one that came back.
  await a.run(`sleep 1; kill -INT ${ping}; while kill -0 ${ping} 2>/dev/null; do sleep 0.1; done`);

  const { times, sent } = parsePing((await a.run('cat /tmp/pings')).output);
  const gap = longestGap([...times.keys()]) * INTERVAL_MS;
  console.log(
    `switch killed: up again after ${up - killed} ms, seen to work after ${back - killed} ms; ` +
      `the guest's pings paused for ${gap} ms (${times.size} of ${sent} came back)`,
  );
  expect(gap).toBeGreaterThan(INTERVAL_MS);
  expect([await lab.qemuPid('a'), await lab.qemuPid('b')]).toEqual(before);
  const again = await control();
  expect(again.hello.pid).not.toBe(pid);
  const states = (await again.ports()).map(({ state }) => state);
  again.close();
  expect(states).toEqual(['up', 'up']);
});

/** Waits until guest b answers guest a. */
async function replies(count: number): Promise<void> {
  const wait = {
    thing: 'guest b',
    problem: 'does not answer pings',
    remedy: 'see logs',
    ms: 120_000,
  };
  await until(wait, async () => {
    const { status } = await running.a.run(`ping -c ${count} -W 1 10.77.0.2`);
    return status === 0 || undefined;
  });
}

async function control(): Promise<SwitchClient> {
  return SwitchClient.connect(DEFAULT_CONTROL_SOCKET);
}

/** The longest way from one reply to the next, in pings. */
function longestGap(sequence: number[]): number {
  const sorted = sequence.toSorted((one, other) => one - other);
  return Math.max(...sorted.slice(1).map((number, index) => number - (sorted[index] ?? 0)));
}
