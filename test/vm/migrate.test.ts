import { afterAll, expect, test } from 'vitest';
import { GuestConsole } from '../../lab/console.js';
import { until } from '../../lab/poll.js';
import { DEFAULT_CONTROL_SOCKET } from '../../src/contract/bounds.js';
import { SwitchClient } from '../../src/switch/client.js';
import { parsePing } from '../../src/trial/ping.js';
import { Capturing } from '../switch/captured.js';
import { Qemus, wait } from './qemu.js';
import type { Monitor } from './qmp.js';
import { tellAllOnFailure, useLab } from './use-lab.js';

// libvirt does not migrate a guest to its own host, so two QEMUs are run without it.

const ADDRESS = '10.77.0.3';
const INTERVAL_MS = 50;
/** Begin of a reverse ARP request from the guest, to all. */
const RARP = 'ffffffffffff52540000000c8035000108000604000352540000000c';
const running = useLab();
const qemus = new Qemus();

afterAll(() => qemus.end());

function qemu(name: string, ...more: string[]): Promise<Monitor> {
  return qemus.start({
    name,
    mac: '52:54:00:00:00:0c',
    address: `${ADDRESS}/24`,
    // Then QEMU asks the switch to announce it, rather than the guest.
    device: 'guest_announce=off',
    more,
  });
}

test('a guest migrates to another QEMU while it is pinged, and is found behind its new port', async () => {
  tellAllOnFailure();
  const { b } = running;
  const control = await SwitchClient.connect(DEFAULT_CONTROL_SOCKET);
  await control.addPort({ name: 'from', path: '/run/vmlane/guests/from.sock' });
  await control.addPort({ name: 'to', path: '/run/vmlane/guests/to.sock' });
  const from = await qemu('from');
  const before = new GuestConsole('from');
  await before.ready();
  await before.run('echo kept > /tmp/state');

  const pings = `ping -i ${INTERVAL_MS / 1000} ${ADDRESS} >/tmp/pings 2>&1 & echo $!`;
  const ping = Number((await b.run(pings)).output);
  await until(wait('the guest'), async () => {
    const { status } = await b.run(`ping -c 1 -W 1 ${ADDRESS}`);
    return status === 0 || undefined;
  });

  const capturing = await Capturing.begin(control, { ports: ['b.hostnet0'] });
  const to = await qemu('to', '-incoming', 'unix:/run/lab/migrate.sock');
  // While memory is copied, what the switch writes is found through the dirty-page log only.
  await from.ask('migrate', { uri: 'unix:/run/lab/migrate.sock' });
  await until(wait('the migration'), async () => {
    const { status } = (await from.ask('query-migrate')) as { status: string };
    if (status === 'failed') throw new Error('the migration failed');
    return status === 'completed' || undefined;
  });
  await until(wait('the new QEMU'), async () => {
    const { status } = (await to.ask('query-status')) as { status: string };
    return status === 'running' || undefined;
  });
  await until(wait('the guest, behind its new port'), async () => {
    const { status } = await b.run(`ping -c 1 -W 1 ${ADDRESS}`);
    return status === 0 || undefined;
  });
  await b.run(`sleep 1; kill -INT ${ping}; while kill -0 ${ping} 2>/dev/null; do sleep 0.1; done`);
  const { times, sent } = parsePing((await b.run('cat /tmp/pings')).output);
  const sequence = [...times.keys()].toSorted((one, other) => one - other);
  const gap = Math.max(...sequence.slice(1).map((n, i) => n - (sequence[i] ?? 0))) * INTERVAL_MS;
  console.log(`migrated: pings paused for ${gap} ms (${times.size} of ${sent} came back)`);

  const entry = (await control.fdb()).entries.find(({ mac }) => mac === '52:54:00:00:00:0c');
  expect(entry?.port).toBe('to');
  const { frames } = await capturing.end();
  expect(frames.filter(({ bytes }) => bytes.includes(RARP))).not.toEqual([]);
  const states = Object.fromEntries((await control.ports()).map((port) => [port.name, port.state]));
  expect(states).toMatchObject({ from: 'waiting', to: 'up' });
  control.close();
  from.close();
  to.close();
  before.close();
});
