import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, rm } from 'node:fs/promises';
import { afterAll, expect, test } from 'vitest';
import { GuestConsole } from '../../lab/console.js';
import { parsePing } from '../../lab/ping.js';
import { until } from '../../lab/poll.js';
import { SwitchClient } from '../../src/switch/client.js';
import { DEFAULT_CONTROL_SOCKET } from '../../src/switch/paths.js';
import { Monitor } from './qmp.js';
import { tellAllOnFailure, useLab } from './use-lab.js';

// libvirt does not migrate a guest to its own host, so two QEMUs are run without it.

const ADDRESS = '10.77.0.3';
const INTERVAL_MS = 50;
const MIRROR = '/run/lab/b.pcap';
/** Begin of a reverse ARP request from the guest, to all. */
const RARP = 'ffffffffffff52540000000c8035000108000604000352540000000c';
const running = useLab();
const children: ChildProcess[] = [];

afterAll(async () => {
  for (const child of children) {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
  }
});

/** A QEMU of guest m, whose vhost-user socket, consoles and monitor have this name. */
async function qemu(name: string, ...more: string[]): Promise<Monitor> {
  const monitor = `/run/lab/${name}.qmp`;
  await rm(`/run/lab/${name}.log`, { force: true });
  const child = spawn(
    'qemu-system-x86_64',
    [
      ...['-nodefaults', '-no-user-config', '-display', 'none', '-accel', 'tcg', '-cpu', 'max'],
      ...['-object', 'memory-backend-memfd,id=ram,size=192M,share=on', '-m', '192M'],
      ...['-machine', 'q35,memory-backend=ram'],
      ...['-kernel', '/run/lab/vmlinuz', '-initrd', '/run/lab/initrd'],
      ...['-append', `console=ttyS0 quiet panic=-1 pci=nomsi vmlane.ip=${ADDRESS}/24`],
      ...['-chardev', `socket,id=net,path=/run/vmlane/${name}.sock,server=on`],
      ...['-netdev', 'vhost-user,id=net0,chardev=net'],
      // Then QEMU asks the switch to announce it, rather than the guest.
      ...['-device', 'virtio-net-pci,netdev=net0,mac=52:54:00:00:00:0c,guest_announce=off'],
      ...['-serial', `file:/run/lab/${name}.log`],
      ...['-serial', `unix:/run/lab/${name}.tty,server=on,wait=off`],
      ...['-qmp', `unix:${monitor},server=on,wait=off`],
      ...more,
    ],
    { stdio: 'inherit' },
  );
  children.push(child);
  return until(wait(`QEMU ${name}`), () => Monitor.connect(monitor).catch(() => undefined));
}

const wait = (thing: string) => ({
  thing,
  problem: 'is not ready',
  remedy: 'see logs',
  ms: 60_000,
});

test('a guest migrates to another QEMU while it is pinged, and is found behind its new port', async () => {
  tellAllOnFailure();
  const { b } = running;
  const control = await SwitchClient.connect(DEFAULT_CONTROL_SOCKET);
  await control.addPort({ name: 'from', path: '/run/vmlane/from.sock' });
  await control.addPort({ name: 'to', path: '/run/vmlane/to.sock' });
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

  await control.mirrorPort('b.hostnet0', MIRROR);
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
  await control.mirrorPort('b.hostnet0');
  expect((await readFile(MIRROR)).indexOf(Buffer.from(RARP, 'hex'))).toBeGreaterThan(0);
  const states = Object.fromEntries((await control.ports()).map((port) => [port.name, port.state]));
  expect(states).toMatchObject({ from: 'waiting', to: 'up' });
  control.close();
  from.close();
  to.close();
  expect(gap).toBeLessThan(30_000);
  before.close();
});
