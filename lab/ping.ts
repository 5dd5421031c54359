import type { GuestConsole } from './console.js';
import { until } from './poll.js';

/** What busybox's ping printed. */
export interface PingResult {
  sent: number;
  /** Round-trip times in milliseconds, one for each reply, by sequence number. */
  times: Map<number, number>;
}

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

/** Reads ping's output; duplicates of a reply count once. */
export function parsePing(output: string): PingResult {
  const times = new Map<number, number>();
  for (const [, sequence, time] of output.matchAll(/\bseq=(\d+) .*time=([\d.]+) ms/g)) {
    if (!times.has(Number(sequence))) times.set(Number(sequence), Number(time));
  }
  const sent = Number(/^(\d+) packets transmitted/m.exec(output)?.[1] ?? 0);
  return { sent, times };
}

/** One line for a person: `5 of 5 replies, round trip 0.8/1.2/2.0 ms (least/mean/most)`. */
export function describePing({ sent, times }: PingResult): string {
  const replies = `${times.size} of ${sent} replies`;
  if (times.size === 0) return replies;
  const all = [...times.values()];
  const mean = all.reduce((sum, time) => sum + time, 0) / all.length;
  const figures = [Math.min(...all), mean, Math.max(...all)].map((time) => time.toFixed(1));
  return `${replies}, round trip ${figures.join('/')} ms (least/mean/most)`;
}
