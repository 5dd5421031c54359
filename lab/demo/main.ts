/**
 * The demo: two real guests that talk through vhost-switch, one from a spec, one by qemu-wrap.
 * Runs inside the private world: `npm run demo`. Exits with 0 only if all ten pings came back.
 */
import { readFile } from 'node:fs/promises';
import { constants } from 'node:os';
import type { GuestConsole } from './console.js';
import { type GuestName, Lab } from './lab.js';
import { allTails } from './logs.js';
import { describePing, type PingResult, parsePing } from './ping.js';
import { progress } from './progress.js';
import { strays } from './strays.js';

const PINGS = 5;
const say = progress();
const interrupted = new AbortController();
let exitCode = 1;

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    if (interrupted.signal.aborted) return;
    say(`${signal}: cleaning up`);
    exitCode = 128 + constants.signals[signal];
    interrupted.abort(new Error('interrupted'));
  });
}

async function demo(): Promise<void> {
  say(`a private world: own network, processes, /run, libvirt; ${hugePages()}`);
  const lab = await Lab.open({ say, signal: interrupted.signal });
  try {
    const bringUp = async (name: GuestName): Promise<GuestConsole> => {
      await lab.define(name);
      return lab.start(name);
    };
    const [a, b] = await all([bringUp('a'), bringUp('b')]);
    const pings = [await ping('a', a, 'b', '10.77.0.2'), await ping('b', b, 'a', '10.77.0.1')];
    await show(lab);
    const replies = pings.reduce((sum, { times }) => sum + times.size, 0);
    if (replies !== 2 * PINGS) throw new Error(`${replies} of ${2 * PINGS} pings came back`);
  } finally {
    await lab.close();
    await nothingLeft();
  }
}

function hugePages(): string {
  const shortage = process.env.VMLANE_LAB_PAGES_SHORTAGE ?? '';
  if (shortage !== '') return `no huge pages for the switch (${shortage})`;
  return `${process.env.VMLANE_LAB_PAGES} huge pages for the switch`;
}

/** Like Promise.all, but waits for all others when one has failed. */
async function all<T extends unknown[]>(work: { [K in keyof T]: Promise<T[K]> }): Promise<T> {
  await Promise.allSettled(work);
  return (await Promise.all(work)) as T;
}

async function ping(
  from: GuestName,
  console: GuestConsole,
  to: GuestName,
  address: string,
): Promise<PingResult> {
  const { output } = await console.run(`ping -c ${PINGS} -i 0.2 -W 15 ${address}`);
  const result = parsePing(output);
  say(`${from} pings ${to}: ${describePing(result)}`);
  say(output);
  return result;
}

async function show(lab: Lab): Promise<void> {
  for (const name of ['a', 'b'] as const) {
    const pid = await lab.qemuPid(name);
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8');
    const socket = /path=(\/run\/vmlane\/[^,\0]*)/.exec(command)?.[1];
    say(`guest ${name}: QEMU is process ${pid}, its NIC is at ${socket ?? 'no vhost-user socket'}`);
  }
  for (const what of ['ports', 'fdb', 'stats']) say(await lab.vmlane('switch', what));
}

async function nothingLeft(): Promise<void> {
  const left = await strays();
  if (left.length > 0) throw new Error(`still running after the end: ${left.join('; ')}`);
}

try {
  await demo();
  exitCode = 0;
  say(`done: all ${2 * PINGS} pings came back, everything is cleaned up`);
} catch (error) {
  if (!interrupted.signal.aborted) process.stderr.write(await allTails());
  say(`failed: ${error instanceof Error ? error.message : String(error)}`);
  for (const cause of error instanceof AggregateError ? error.errors : []) say(String(cause));
}
process.exitCode = exitCode;
