/** Guests with packed rings, whose QEMUs do not know how far the switch has come in them when it ends. */
import { readFile } from 'node:fs/promises';
import { afterAll, expect, test } from 'vitest';
import { GuestConsole } from '../../lab/console.js';
import { pingFrom } from '../../lab/ping.js';
import { DEFAULT_CONTROL_SOCKET } from '../../src/contract/bounds.js';
import { SwitchClient } from '../../src/switch/client.js';
import { carrierIs } from './carrier.js';
import { Qemus } from './qemu.js';
import { tellAllOnFailure, useLab } from './use-lab.js';

const GUESTS = [
  { name: 'c', mac: '52:54:00:00:00:0c', address: '10.77.0.3', dials: false },
  { name: 'd', mac: '52:54:00:00:00:0d', address: '10.77.0.4', dials: true },
];

const running = useLab();
const qemus = new Qemus();
const consoles: GuestConsole[] = [];

afterAll(async () => {
  for (const one of consoles) one.close();
  await qemus.end();
});

const reaches = async (from: GuestConsole, address: string) =>
  (await pingFrom(from, address, { seconds: 60 })).times.size > 0;

async function killSwitch(): Promise<void> {
  const client = await SwitchClient.connect(DEFAULT_CONTROL_SOCKET);
  const { pid } = client.hello;
  client.close();
  process.kill(pid, 'SIGKILL');
  await running.lab.startSwitch();
}

test('they outlive the switch, whoever listens, wherever in their rings it was', async () => {
  tellAllOnFailure();
  const { lab, b } = running;
  for (const { name, mac, address, dials } of GUESTS) {
    const path = `/run/vmlane/guests/${name}.sock`;
    const listener = dials ? 'switch' : 'qemu';
    await lab.vmlane('switch', 'add', name, '--path', path, '--listener', listener);
    await qemus.start({ name, mac, address: `${address}/24`, dials, device: 'packed=on' });
  }
  for (const { name } of GUESTS) {
    const guest = new GuestConsole(name);
    consoles.push(guest);
    await guest.ready();
    expect(await reaches(guest, '10.77.0.2')).toBe(true);
  }
  // Rings have 256 descriptors: a few frames, then more than a round, then more than two.
  for (const frames of [0, 300, 300]) {
    for (const guest of consoles)
      if (frames > 0) await guest.run(`ping -q -c ${frames} -i 0.005 -W 1 10.77.0.2`);
    await killSwitch();
    for (const guest of consoles) expect(await reaches(guest, '10.77.0.2')).toBe(true);
    for (const { address } of GUESTS) expect(await reaches(b, address)).toBe(true);
  }
  const log = await readFile('/run/vmlane/switch.log', 'utf8');
  expect(log).toMatch(/ring 0 goes on at 0x[0-9a-f]{4}; its QEMU said 0x8000/);
});

test('they see that their link is down, and are served again when it is up', async () => {
  tellAllOnFailure();
  const { lab } = running;
  for (const [at, { name }] of GUESTS.entries()) {
    const guest = consoles[at] as GuestConsole;
    for (let round = 0; round < 2; round++) {
      await lab.vmlane('switch', 'set', name, '--link', 'disable');
      await carrierIs(guest, '0');
      await lab.vmlane('switch', 'set', name, '--link', 'auto');
      await carrierIs(guest, '1');
      expect(await reaches(guest, '10.77.0.2')).toBe(true);
    }
  }
});
