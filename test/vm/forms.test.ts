import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { GuestConsole } from '../../lab/console.js';
import { type Reservation, reserveAlone } from '../../lab/huge-pages.js';
import { until } from '../../lab/poll.js';
import { patience } from '../../lab/slow.js';
import { DEFAULT_CONTROL_SOCKET } from '../../src/contract/bounds.js';
import { SwitchClient } from '../../src/switch/client.js';
import { GUEST_MIB, type QemuGuest, Qemus, wait } from './qemu.js';
import { tellAllOnFailure, useLab } from './use-lab.js';

// Drivers of real guests, with rings, memory and offloads of every form that QEMU can give them.

const BIT = { csum: 0, tso4: 11, mergeable: 15, eventIndex: 29, indirect: 28, packed: 34 };
const running = useLab();
const qemus = new Qemus();
let pages: Reservation;
let control: SwitchClient;

beforeAll(async () => {
  pages = await reserveAlone(GUEST_MIB / 2);
  expect(pages.shortage).toBe('');
  // Offers all there is; both guests of the lab come back to it, without what they lack.
  await running.lab.vmlane('switch', 'stop');
  await running.lab.vmlane('switch', 'start', '--idle-sleep', '100', '--mergeable', '--tso');
  control = await SwitchClient.connect(DEFAULT_CONTROL_SOCKET, { deadlineMs: patience(30_000) });
});

afterAll(async () => {
  control?.close();
  await qemus.end();
  await pages?.release();
});

/** Starts a guest on a port of its own and waits until it can be talked to. */
async function guest(options: QemuGuest): Promise<GuestConsole> {
  const { name } = options;
  await control.addPort({ name, path: `/run/vmlane/guests/${name}.sock` });
  (await qemus.start(options)).close();
  const console = new GuestConsole(name);
  await console.ready();
  return console;
}

async function negotiated(name: string): Promise<{ queues: number; bits: string[] }> {
  const port = (await control.ports()).find((one) => one.name === name);
  const features = BigInt(port?.features ?? 0);
  const bits = Object.entries(BIT).filter(([, bit]) => (features >> BigInt(bit)) & 1n);
  return { queues: port?.queues ?? 0, bits: bits.map(([bit]) => bit).sort() };
}

const OFF = 'csum=off,gso=off,guest_csum=off,host_tso4=off,host_tso6=off';
const forms: { is: string; options: Omit<QemuGuest, 'mac' | 'address'>; expected: object }[] = [
  {
    is: 'packed rings on huge pages',
    options: { name: 'p', huge: true, device: `packed=on,mrg_rxbuf=off,${OFF}` },
    expected: { queues: 1, bits: ['eventIndex', 'indirect', 'packed'] },
  },
  {
    is: 'split rings, neither indirect descriptors nor event index, two queue pairs',
    options: {
      name: 'q',
      netdev: 'queues=2',
      device: `mq=on,event_idx=off,indirect_desc=off,${OFF}`,
      more: ['-smp', '2'],
    },
    expected: { queues: 2, bits: ['mergeable'] },
  },
];

describe.each(forms)('$is', ({ options, expected }) => {
  test('is negotiated, and every ping comes back, small and large', async () => {
    tellAllOnFailure();
    const number = 20 + forms.findIndex((form) => form.options === options);
    const mac = `52:54:00:00:01:${number}`;
    const it = await guest({ ...options, mac, address: `10.77.0.${number}/24` });
    expect(await negotiated(options.name)).toEqual(expected);
    for (const size of [56, 1400]) {
      const { output } = await it.run(`ping -c 20 -i 0.05 -W 15 -s ${size} 10.77.0.2`);
      expect(output).toContain('20 packets transmitted, 20 packets received');
    }
    it.close();
  });
});

const MEGABYTES = 8;

test('what a guest leaves to be done is done for guests that do not: bytes over TCP arrive as sent', async () => {
  tellAllOnFailure();
  const mac = '52:54:00:00:01:30';
  const it = await guest({ name: 't', mac, address: '10.77.0.30/24', device: 'packed=on' });
  const same = await guest({ name: 's', mac: '52:54:00:00:01:31', address: '10.77.0.31/24' });
  for (const name of ['t', 's']) {
    expect((await negotiated(name)).bits).toEqual(
      expect.arrayContaining(['csum', 'mergeable', 'tso4']),
    );
  }
  await it.run(`dd if=/dev/urandom of=/tmp/sent bs=1M count=${MEGABYTES}`, 60_000);
  const sum = (await it.run('sha256sum < /tmp/sent')).output;
  // Guest b takes no offloads, guest s takes all.
  for (const [to, address] of [
    [running.b, '10.77.0.2'],
    [same, '10.77.0.31'],
  ] as const) {
    const before = (await control.stats('t')).ports[0];
    // It would hang up at the end of its own input.
    await to.run('sleep 1000 | nc -l -p 7 > /tmp/got & echo');
    await until(wait('the listener'), async () => {
      const { status } = await to.run('netstat -ltn | grep -q ":7 "');
      return status === 0 || undefined;
    });
    expect(await it.run(`nc ${address} 7 < /tmp/sent`, 60_000)).toMatchObject({ status: 0 });
    await until(wait('the last byte'), async () => {
      const { output } = await to.run('wc -c < /tmp/got');
      return Number(output) === MEGABYTES * 2 ** 20 || undefined;
    });
    expect((await to.run('sha256sum < /tmp/got')).output).toBe(sum);
    const after = (await control.stats('t')).ports[0];
    const frames = (after?.rx_packets ?? 0) - (before?.rx_packets ?? 0);
    const bytes = (after?.rx_bytes ?? 0) - (before?.rx_bytes ?? 0);
    console.log(
      `${MEGABYTES} MiB to ${address}: ${frames} frames of ${Math.round(bytes / frames)}`,
    );
    // Most of them are larger than the wire's: they were cut here, or not at all.
    expect(bytes / frames).toBeGreaterThan(1600);
    expect(after?.drops.bad_offload).toBe(0);
  }
  it.close();
  same.close();
});
