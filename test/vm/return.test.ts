import { expect, test } from 'vitest';
import type { GuestConsole } from '../../lab/console.js';
import { pingFrom } from '../../lab/ping.js';
import { tellAllOnFailure, useLab } from './use-lab.js';

const running = useLab();

async function reaches(from: GuestConsole, address: string): Promise<void> {
  const { times } = await pingFrom(from, address);
  expect(times.size).toBe(3);
}

test.for([
  { name: 'b', what: 'moved by qemu-wrap', other: 'a', own: '10.77.0.2', others: '10.77.0.1' },
  { name: 'a', what: 'made from a spec', other: 'b', own: '10.77.0.1', others: '10.77.0.2' },
] as const)('guest $name, $what, disappears and comes back', async (guest) => {
  tellAllOnFailure();
  await reaches(running[guest.other], guest.own);
  await running.lab.destroy(guest.name);
  const silent = await pingFrom(running[guest.other], guest.own, { count: 2, seconds: 1 });
  expect(silent.times.size).toBe(0);
  running[guest.name] = await running.lab.start(guest.name);
  await reaches(running[guest.other], guest.own);
  await reaches(running[guest.name], guest.others);
});
