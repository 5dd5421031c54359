import { type PingResult, parsePing } from '../src/trial/ping.js';
import type { GuestConsole } from './console.js';
import { until } from './poll.js';

/**
 * Pings an address from a guest; `seconds`: how long it waits for answers. The guest's neighbours are
 * forgotten first: where one was asked for in vain a moment ago, pings queue behind that question and
 * are dropped with it, although all is well by now (Linux's neighbour states, ip-neighbour(8)).
 */
export async function pingFrom(
  guest: GuestConsole,
  address: string,
  { count = 3, seconds = 15 } = {},
): Promise<PingResult> {
  await guest.run('ip neigh flush all');
  const { output } = await guest.run(`ping -c ${count} -i 0.2 -W ${seconds} ${address}`);
  return parsePing(output);
}

/**
 * Pings an address from a guest while something else happens, and until a reply has come back after that;
 * @throws Failed if none does
 */
export async function pingMeanwhile(
  guest: GuestConsole,
  address: string,
  act: () => Promise<unknown>,
): Promise<PingResult> {
  await guest.run('ip neigh flush all');
  await guest.run(`ping -i 0.2 ${address} >/tmp/ping 2>&1 & echo $! >/tmp/ping.pid`);
  const last = async () => Math.max(-1, ...(await soFar(guest)).times.keys());
  const wait = { thing: address, problem: 'is not reached', remedy: 'see logs', ms: 60_000 };
  const first = await until(wait, async () => {
    const seq = await last();
    return seq >= 0 ? seq : undefined;
  });
  await act();
  const then = Math.max(first, await last());
  await until(wait, async () => (await last()) > then || undefined);
  await guest.run('kill -INT $(cat /tmp/ping.pid)');
  return until(wait, async () => {
    const result = await soFar(guest);
    return result.sent > 0 ? result : undefined;
  });
}

async function soFar(guest: GuestConsole): Promise<PingResult> {
  return parsePing((await guest.run('cat /tmp/ping')).output);
}
