/** Two guests that talk through vhost-switch, one from a spec, one by qemu-wrap. */
import { readFile } from 'node:fs/promises';
import { describePing, type PingResult, parsePing } from '../../src/trial/ping.js';
import { all } from '../all.js';
import type { GuestConsole } from '../console.js';
import { type GuestName, Lab } from '../lab.js';
import type { PartOptions } from './part.js';

const PINGS = 5;

/** Returns what it has shown. @throws what went wrong, once all is cleaned up */
export async function twoGuests(options: PartOptions): Promise<string> {
  const { say } = options;
  const lab = await Lab.open(options);
  try {
    const bringUp = async (name: GuestName): Promise<GuestConsole> => {
      await lab.define(name);
      return lab.start(name);
    };
    const [a, b] = await all([bringUp('a'), bringUp('b')]);
    const pings = [
      await ping(options, 'a', a, 'b', '10.77.0.2'),
      await ping(options, 'b', b, 'a', '10.77.0.1'),
    ];
    for (const name of ['a', 'b'] as const) say(await describe(lab, name));
    for (const what of ['ports', 'fdb', 'stats']) say(await lab.vmlane('switch', what));
    const replies = pings.reduce((sum, { times }) => sum + times.size, 0);
    if (replies !== 2 * PINGS) throw new Error(`${replies} of ${2 * PINGS} pings came back`);
  } finally {
    await lab.close();
  }
  return `all ${2 * PINGS} pings came back`;
}

async function ping(
  { say }: PartOptions,
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

async function describe(lab: Lab, name: GuestName): Promise<string> {
  const pid = await lab.qemuPid(name);
  const command = await readFile(`/proc/${pid}/cmdline`, 'utf8');
  const socket = /path=(\/run\/vmlane\/[^,\0]*)/.exec(command)?.[1];
  return `guest ${name}: QEMU is process ${pid}, its NIC is at ${socket ?? 'no vhost-user socket'}`;
}
