/** A port's link as guests in real QEMUs see it, whoever listens, and in a relay. */
import { afterAll, expect, test } from 'vitest';
import { GuestConsole } from '../../lab/console.js';
import { pingFrom } from '../../lab/ping.js';
import { carrierIs } from './carrier.js';
import { Qemus } from './qemu.js';
import { tellAllOnFailure, useLab } from './use-lab.js';

const running = useLab();
const qemus = new Qemus();
let c: GuestConsole;

afterAll(async () => {
  c?.close();
  await qemus.end();
});

async function drops(port: string): Promise<Record<string, number>> {
  const { ports } = JSON.parse(await running.lab.vmlane('switch', 'stats', '--json'));
  return ports.find(({ name }: { name: string }) => name === port).drops;
}

const reaches = async (from: GuestConsole, address: string, seconds = 30) =>
  (await pingFrom(from, address, { seconds })).times.size > 0;

const setLink = (port: string, link: string) =>
  running.lab.vmlane('switch', 'set', port, '--link', link);

test("libvirt's guest, whose QEMU dials, loses its carrier and has it again", async () => {
  tellAllOnFailure();
  const { a, b } = running;
  expect(await reaches(a, '10.77.0.2')).toBe(true);
  for (let round = 0; round < 2; round++) {
    await setLink('a.0', 'disable');
    await carrierIs(a, '0');
    // It knows the address from before, and does not ask for it.
    expect((await b.run('ping -c 3 -i 0.2 -W 1 10.77.0.1')).status).not.toBe(0);
    await setLink('a.0', 'auto');
    await carrierIs(a, '1');
    expect(await reaches(a, '10.77.0.2')).toBe(true);
  }
  expect((await drops('a.0')).link_down).toBeGreaterThan(0);
});

test('a QEMU that listens starts at a port without a link, whose guest sees none from the beginning', async () => {
  tellAllOnFailure();
  const { lab, b } = running;
  const path = '/run/vmlane/guests/c.sock';
  await lab.vmlane('switch', 'add', 'c', '--path', path, '--listener', 'qemu', '--link', 'disable');
  const mac = '52:54:00:00:00:0c';
  await qemus.start({ name: 'c', mac, address: '10.77.0.3/24' });
  c = new GuestConsole('c');
  await c.ready();
  await carrierIs(c, '0');
  await setLink('c', 'enable');
  await carrierIs(c, '1');
  expect(await reaches(c, '10.77.0.2')).toBe(true);
  expect(await reaches(b, '10.77.0.3')).toBe(true);
});

test('in a relay its carrier is that of the device, which comes and goes', async () => {
  tellAllOnFailure();
  const { lab } = running;
  const wire = 'socket=/run/vmlane/switch/wire.sock,socket-abstract=no';
  await lab.vmlane('switch', 'set', 'c', '--link', 'auto', '--relay', 'r');
  const near = `net_memif0,role=server,${wire}`;
  await lab.vmlane('switch', 'add', 'near', '--device', near, '--relay', 'r');
  await carrierIs(c, '0');
  for (let round = 0; round < 2; round++) {
    // The other end of the memif is a port beside guest b.
    await lab.vmlane('switch', 'add', 'far', '--device', `net_memif1,role=client,${wire}`);
    await carrierIs(c, '1');
    expect(await reaches(c, '10.77.0.2')).toBe(true);
    await lab.vmlane('switch', 'remove', 'far');
    await carrierIs(c, '0');
  }
});
