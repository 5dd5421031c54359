/** Two hosts, each with its own libvirtd, switch, hooks and network, joined by a trunk: guests move between them. */
import { readFile, writeFile } from 'node:fs/promises';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { GuestConsole } from '../../lab/console.js';
import { Lab } from '../../lab/lab.js';
import { allTails } from '../../lab/logs.js';
import { OtherHost, TRUNK, WIRE } from '../../lab/other-host.js';
import { until } from '../../lab/poll.js';
import { letIn, type SshHosts } from '../../lab/ssh.js';
import { strays } from '../../lab/strays.js';
import { certify } from '../../lab/tls.js';
import type { Port } from '../../src/contract/types.js';
import { readJob } from '../../src/libvirt/migrate.js';
import type { GuestConsole as AnyConsole } from '../../src/trial/console.js';
import { parsePing } from '../../src/trial/ping.js';
import { guestFile, losesWrites } from './guest-file.js';
import { wait } from './qemu.js';
import { type SwitchShare, switchShare } from './switch-share.js';
import { tellAllOnFailure } from './use-lab.js';

/** There and back again; `npm test` has time for one. */
const ROUND_TRIPS = Number(process.env.VMLANE_ROUND_TRIPS ?? 1);
const ADDRESS = '10.77.0.5';
const MAC = '52:54:00:00:00:e0';
const OTHER_MAC = '52:54:00:00:00:e7';
const PING_MS = 20;
const QEMU_NAMESPACE = 'http://libvirt.org/schemas/domain/qemu/1.0';
/** Files, a megabyte each, that a guest writes over. */
const RING = 8;
/** Frames of 4,000 bytes get through, which m is told. */
const SWITCH = ['--mergeable', '--device', `${TRUNK}=net_af_packet0,iface=${TRUNK}`];
const BRIDGE_MTU = '9000';

/** A host as a test talks to it: commands there, and consoles of its guests. */
interface Host {
  name: string;
  address: string;
  run(...words: string[]): Promise<string>;
  vmlane(...words: string[]): Promise<string>;
  console(guest: string): Promise<AnyConsole>;
}

let lab: Lab;
let other: OtherHost;
let ssh: SshHosts;
let daemon: ReturnType<OtherHost['start']>;
let here: Host;
let there: Host;
/** What virsh says of the QEMU of both. */
let usual: string;
/** File of r, a guest of the other host's. */
let remote: string;
let peer: GuestConsole;
/** That of m, where it is. */
let guest: AnyConsole;

beforeAll(async () => {
  try {
    other = await OtherHost.open('hostb', (text) => console.log(text));
    lab = await Lab.open({ say: (text) => console.log(text), hooks: true, switch: SWITCH });
    for (const name of ['vmlinuz', 'initrd'])
      await execa('cp', [`/run/lab/${name}`, other.path('/run/lab/')]);
    await other.vmlane('hook', 'install', '--unchecked');
    await certify(other, 'hostb', WIRE.there);
    daemon = other.start('sh', '-c', 'exec libvirtd --listen >/run/lab/libvirtd.log 2>&1');
    await other.vmlane('switch', 'start', '--idle-sleep', '100', ...SWITCH);
    const names = [
      ['hosta', WIRE.here],
      ['hostb', WIRE.there],
    ] as const;
    ssh = await letIn(other, { here: names[0], there: names[1] });
    here = {
      ...{ name: 'hosta', address: WIRE.here, vmlane: (...words) => lab.vmlane(...words) },
      run: async (program, ...words) => (await execa(program ?? '', words)).stdout,
      console: async (name) => {
        const console = new GuestConsole(name);
        await console.attach();
        return console;
      },
    };
    there = {
      ...{ name: 'hostb', address: WIRE.there, vmlane: (...words) => other.vmlane(...words) },
      run: (program = '', ...words) => other.run(program, ...words),
      console: (name) => other.console(name),
    };
    for (const host of [here, there]) {
      await host.vmlane('switch', 'set', TRUNK, '--vlan-mode', 'trunk');
      await host.run('ip', 'link', 'set', 'br-lab', 'mtu', BRIDGE_MTU);
      await host.vmlane('network', 'add', 'lan', '--bridge', 'br-lab', '--vlan', '100');
    }
    await lab.define('b');
    peer = await lab.start('b');
    usual = await here.run('virsh', 'version');
    const roots = ['', other.path('')];
    remote = await guestFile('test/vm/hosts-other.yaml', usual, roots);
    await lab.vmlane('domain', 'define', await guestFile('test/vm/hosts.yaml', usual, roots));
    guest = await lab.start('m');
  } catch (error) {
    console.error(await allTails());
    throw error;
  }
});

afterAll(async () => {
  if (there) {
    for (const name of ['m', 'b', 'w'])
      await there.run('virsh', 'destroy', name).catch(() => undefined);
    await there.vmlane('switch', 'stop');
  }
  // The world is that of the files after this one, too.
  await here?.vmlane('network', 'remove', 'lan', '--force').catch((error) => console.error(error));
  await here
    ?.run('ip', 'link', 'set', 'br-lab', 'mtu', '1500')
    .catch((error) => console.error(error));
  await ssh?.close();
  daemon?.kill('SIGTERM');
  await daemon;
  await other?.close();
  await lab?.close();
  expect(await strays()).toEqual([]);
});

async function ports(host: Host): Promise<Port[]> {
  return JSON.parse(await host.vmlane('switch', 'ports', '--json')).ports;
}

/** What a port has from its guest's definition. */
function settingsOf({ name, listener, vlan, mac, queues, ...port }: Port) {
  const { inbound, inbound_burst, outbound, flood_limit, address_limit, other_macs } = port;
  const limits = { inbound, inbound_burst, outbound, flood_limit, address_limit, other_macs };
  return { name, listener, vlan, mac, queues, ...limits };
}

const portOf = async (host: Host, name: string) =>
  (await ports(host)).find((port) => port.name === name);

const inMs = (time = Number.NaN) => `${time.toFixed(1)} ms`;

/** What the switches took of m's last move. */
async function shareOf(from: Host, to: Host): Promise<SwitchShare> {
  const log = (host: Host) => host.run('cat', '/run/vmlane/switch.log');
  const learns = `${TRUNK}: address ${MAC.toUpperCase()} moved here`;
  const of = { socket: '/run/vmlane/guests/m/0.sock', port: 'm.0', pairs: 2, learns };
  return switchShare({ from: await log(from), to: await log(to) }, of);
}

const migrate = (from: Host, to: Host, name: string, ...more: string[]) =>
  from.vmlane('domain', 'migrate', name, to.name, '--migrate-uri', `tcp://${to.address}`, ...more);

/** virsh's words for what knows nothing of ours. */
const byVirsh = (from: Host, to: Host, name: string) =>
  from.run(
    ...['virsh', 'migrate', '--live', '--persistent', '--undefinesource', name],
    ...[`qemu+ssh://${to.name}/system`, '--migrateuri', `tcp://${to.address}`],
  );

/** Milliseconds that a guest did not run, and that all of its last move took, as the libvirt that it went to says. */
async function lastMove(at: Host, name: string): Promise<{ downtime: number; elapsed: number }> {
  const said = await at.run(
    'virsh',
    'domjobinfo',
    name,
    '--completed',
    '--keep-completed',
    '--rawstats',
  );
  const { downtimeMs, elapsedMs } = readJob(said) ?? {};
  return { downtime: downtimeMs ?? Number.NaN, elapsed: elapsedMs ?? Number.NaN };
}

async function reached(address = ADDRESS): Promise<void> {
  await until(wait(`guest ${address}`), async () => {
    return (await peer.run(`ping -c 1 -W 1 ${address}`)).status === 0 || undefined;
  });
}

test('the hosts have the same for guests that move, and a host that ssh does not reach is said so', async () => {
  tellAllOnFailure();
  const said = await here.vmlane('host', 'check', '--for', 'migration', '--to', 'hostb');
  expect(said).toContain('both switches offer guests the same features');
  expect(said).not.toContain('failure:');
  const nobody = here.vmlane('host', 'check', '--for', 'migration', '--to', 'root@127.0.0.9');
  await expect(nobody).rejects.toThrow(
    /^vmlane: root@127.0.0.9: cannot be reached by ssh: .*; try: ssh /,
  );
  const listed = await here.vmlane('domain', 'list', '--connect', 'qemu+ssh://hostb/system');
  expect(listed).toMatch(/^NAME/);
});

test('both hosts in one table, each asked over ssh, itself, too', async () => {
  tellAllOnFailure();
  const words = ['switch', 'ports', '--host', 'hosta,hostb', '--json'];
  const { hosts } = JSON.parse(await here.vmlane(...words));
  expect(hosts).toEqual([
    { host: 'hosta', ports: await ports(here) },
    { host: 'hostb', ports: await ports(there) },
  ]);
  const top = ['switch', 'top', '--host', 'hosta,hostb', '--count', '1', '--json'];
  const shown = JSON.parse(await here.vmlane(...top));
  expect(shown.errors).toEqual([]);
  const checked = await here.vmlane('doctor', 'b', '--host', 'hosta,hostb', '--json');
  expect(JSON.parse(checked).hosts.map(({ host }: { host: string }) => host)).toEqual([
    'hosta',
    'hostb',
  ]);
  const of = (name: string) => shown.ports.filter(({ host }: { host: string }) => host === name);
  expect([of('hosta').length, of('hostb').length]).toEqual([
    hosts[0].ports.length,
    hosts[1].ports.length,
  ]);
});

test('a guest whose QEMU listens is moved by virsh alone, which knows nothing of ours', async () => {
  tellAllOnFailure();
  await there.vmlane('domain', 'define', remote);
  await there.vmlane('domain', 'start', 'r');
  const address = '10.77.0.6';
  await reached(address);
  for (const [from, to] of [
    [there, here],
    [here, there],
  ] as const) {
    await byVirsh(from, to, 'r');
    expect(await portOf(to, 'r.0')).toMatchObject({ state: 'up', vlan: 100, listener: 'qemu' });
    expect(await portOf(from, 'r.0')).toBeUndefined();
    await reached(address);
  }
  for (const verb of ['destroy', 'undefine']) await there.vmlane('domain', verb, 'r');
});

test('guests of the other host are defined, started, changed and removed from here, in its networks', async () => {
  tellAllOnFailure();
  const onThere = (...words: string[]) =>
    here.vmlane('domain', ...words, '--connect', 'qemu+ssh://hostb/system');
  // Not as here: the other host is asked for its own.
  await here.vmlane('network', 'add', 'side', '--vlan', '7');
  await there.run('ip', 'link', 'add', 'br-side', 'up', 'type', 'bridge');
  await there.vmlane('network', 'add', 'side', '--vlan', '300', '--bridge', 'br-side');
  await onThere('define', remote);
  await onThere('start', 'r');
  expect((await portOf(there, 'r.0'))?.vlan).toBe(100);
  expect(JSON.parse(await onThere('show', 'r', '--json')).domain.state).toBe('running');
  await onThere('validate', remote);
  await onThere('attach', 'r', '--network', 'side', '--mac', OTHER_MAC);
  expect((await portOf(there, 'r.1'))?.vlan).toBe(300);
  await onThere('detach', 'r', OTHER_MAC);
  expect(await portOf(there, 'r.1')).toBeUndefined();
  await onThere('destroy', 'r');
  expect(await portOf(there, 'r.0')).toBeUndefined();
  await onThere('apply', '--file', remote, '--start');
  expect((await portOf(there, 'r.0'))?.vlan).toBe(100);
  await onThere('stop', 'r', '--timeout', '1', '--force');
  expect(await portOf(there, 'r.0')).toBeUndefined();
  await onThere('undefine', 'r');

  const tap = (await readFile('lab/guest-b.xml', 'utf8'))
    .replace(/<emulator>.*<\/emulator>/, '')
    .replace('<name>b<', '<name>t<')
    .replace('br-lab', 'br-side');
  await writeFile('/run/lab/t.xml', tap);
  await onThere('define', '/run/lab/t.xml');
  const converted = JSON.parse(await onThere('convert', '--domain', 't', '--json'));
  expect(converted.nics).toEqual([expect.objectContaining({ network: 'side', vlan: 300 })]);
  const uri = ['--connect', 'qemu+ssh://hostb/system'];
  await here.vmlane('wrap', 'install', 't', '--unchecked', ...uri);
  expect(await there.run('virsh', 'dumpxml', 't')).toMatch(/<emulator>\S+\/qemu-wrap</);
  await here.vmlane('wrap', 'uninstall', 't', ...uri);
  expect(await there.run('virsh', 'dumpxml', 't')).not.toContain('qemu-wrap');
  const byTls = ['--domain', 't', '--connect', 'qemu+tls://hostb/system'];
  await expect(here.vmlane('domain', 'convert', ...byTls)).rejects.toThrow(
    /^vmlane: domain t: its host's networks are known only there, or by ssh .*; run this there, or /,
  );
  await onThere('undefine', 't');
  for (const host of [here, there]) await host.vmlane('network', 'remove', 'side');
  await there.run('ip', 'link', 'del', 'br-side');
});

test('a guest moves there and back while it is pinged and receives a stream: nothing is lost, all goes along', async () => {
  tellAllOnFailure();
  await reached();
  const [before] = (await ports(here)).filter(({ name }) => name === 'm.0').map(settingsOf);
  expect(before).toMatchObject({ vlan: 100, mac: MAC, inbound: 100_000, other_macs: 0 });
  // A megabyte over and over in one connection, into one file after the other: memory that was copied long ago
  // and memory that is just being copied.
  const sum = (
    await peer.run(
      'dd if=/dev/urandom of=/tmp/block bs=64k count=16 2>/dev/null; sha256sum < /tmp/block',
    )
  ).output;
  const file = `/tmp/ring/$((n%${RING}))`;
  const take = `dd bs=1M count=1 iflag=fullblock 2>/dev/null | tee ${file} | sha256sum`;
  // nc -l ends with its own input; a background job's is empty.
  await guest.run(
    `mkdir /tmp/ring; (sleep 10000 | nc -l -p 5000 | { n=0; while s=$(${take}); [ -s ${file} ]; do echo "$s"; n=$((n+1)); done >/tmp/sums; rm ${file}; touch /tmp/over; }) >/dev/null 2>&1 &`,
  );
  await peer.run(
    `(n=0; while [ ! -e /tmp/stop ]; do cat /tmp/block || break; n=$((n+1)); echo $n >/tmp/n; sleep 0.1; done | nc ${ADDRESS} 5000) >/dev/null 2>&1 &`,
  );
  const pings = `ping -i ${PING_MS / 1000} ${ADDRESS} >/tmp/pings 2>&1 & echo $!`;
  const ping = Number((await peer.run(pings)).output);

  // It runs all the time.
  expect(await migrate(here, there, 'm', '--check')).not.toContain('paused');
  const downtimes: number[] = [];
  const shares: number[] = [];
  for (let trip = 0; trip < ROUND_TRIPS; trip++) {
    for (const [from, to] of [
      [here, there],
      [there, here],
    ] as const) {
      guest.close();
      if (to === there) {
        const moved = JSON.parse(await migrate(from, to, 'm', '--json'));
        expect(moved.ports).toEqual([{ name: 'm.0', state: 'up' }]);
      } else {
        await byVirsh(from, to, 'm');
      }
      const { downtime, elapsed } = await lastMove(to, 'm');
      downtimes.push(downtime);
      const share = await shareOf(from, to);
      shares.push(share.stopping + share.starting);
      console.log(
        `trip ${trip + 1}, to ${to.name}: did not run for ${downtime} ms, of which the switches took ${inMs(share.stopping)} and ${inMs(share.starting)}; known at the trunk ${inMs(share.known)} later; all took ${elapsed} ms`,
      );
      expect(await portOf(from, 'm.0')).toBeUndefined();
      expect((await ports(to)).map(settingsOf)).toContainEqual(before);
      guest = await to.console('m');
      await reached();
      const { entries } = JSON.parse(await from.vmlane('switch', 'fdb', '--json'));
      const entry = entries.find((one: { mac: string }) => one.mac === MAC);
      expect(entry?.port).toBe(TRUNK);
    }
  }

  await peer.run(
    `kill -INT ${ping}; while kill -0 ${ping} 2>/dev/null; do sleep 0.1; done; touch /tmp/stop`,
  );
  const { times, sent } = parsePing((await peer.run('cat /tmp/pings')).output);
  const gone = [...times.keys()].toSorted((a, b) => a - b);
  const longest = Math.max(...gone.slice(1).map((n, i) => n - (gone[i] ?? 0))) * PING_MS;
  for (const numbers of [downtimes, shares]) numbers.sort((a, b) => a - b);
  const middle = downtimes.length >> 1;
  console.log(
    `${times.size} of ${sent} pings came back, without one for ${longest} ms at most; not running: median ${downtimes[middle]} ms, worst ${downtimes.at(-1)} ms; the switches: median ${inMs(shares[middle])}, worst ${inMs(shares.at(-1))}`,
  );
  expect(shares.every((ms) => ms > 0)).toBe(true);
  await until(wait('the end of the stream'), async () => {
    return (await guest.run('[ -e /tmp/over ]')).status === 0 || undefined;
  });
  const sums = (await guest.run('cat /tmp/sums')).output.trimEnd().split('\n');
  const blocks = Number((await peer.run('cat /tmp/n')).output);
  expect(blocks).toBeGreaterThan(0);
  expect(sums).toEqual(Array.from({ length: blocks }, () => sum.trimEnd()));
  const kept = (await guest.run('for one in /tmp/ring/*; do sha256sum <$one; done')).output;
  expect(new Set(kept.trimEnd().split('\n'))).toEqual(new Set([sum.trimEnd()]));
});

test('a guest of qemu-wrap moves as it is, and comes back', async () => {
  tellAllOnFailure();
  const said = await migrate(here, there, 'b', '--check');
  expect(said.includes('it is paused meanwhile')).toBe(losesWrites(usual));
  await migrate(here, there, 'b');
  expect((await portOf(there, 'b.hostnet0'))?.state).toBe('up');
  await migrate(there, here, 'b');
  peer.close();
  peer = (await here.console('b')) as GuestConsole;
  await reached();
});

test('a guest of qemu-wrap becomes a native one on the way, if its definition shares its memory', async () => {
  tellAllOnFailure();
  await expect(migrate(here, there, 'b', '--native')).rejects.toThrow(
    /libvirt refuses that a guest becomes native whose definition does not share its memory/,
  );
  const [name, mac, address] = ['w', '52:54:00:00:00:e8', '10.77.0.8'];
  const xml = (await readFile('lab/guest-b.xml', 'utf8'))
    .replaceAll(/(<name>|\/run\/lab\/)b(?=[<.])/g, `$1${name}`)
    .replace('10.77.0.2', address)
    .replace(/52(:..){5}/, mac)
    .replace(/<emulator>.*<\/emulator>/, '')
    .replace(
      '<vcpu>',
      "<memoryBacking><source type='memfd'/><access mode='shared'/></memoryBacking><vcpu>",
    )
    // It does not say that it has moved: the switch does, in its name.
    .replace("<domain type='qemu'>", `<domain type='qemu' xmlns:qemu='${QEMU_NAMESPACE}'>`)
    .replace(
      '</domain>',
      "<qemu:commandline><qemu:arg value='-global'/><qemu:arg value='virtio-net-pci.guest_announce=off'/></qemu:commandline></domain>",
    );
  await writeFile('/run/lab/w.xml', xml);
  await here.vmlane('domain', 'define', '/run/lab/w.xml');
  await here.vmlane('wrap', 'install', name, '--unchecked');
  (await lab.start(name)).close();
  expect((await portOf(here, 'w.hostnet0'))?.state).toBe('up');
  await reached(address);
  await migrate(here, there, name, '--native');
  expect(await portOf(here, 'w.hostnet0')).toBeUndefined();
  expect(await portOf(there, 'w.0')).toMatchObject({ state: 'up', vlan: 100 });
  await until(wait('the announcement'), async () => {
    const { entries } = JSON.parse(await here.vmlane('switch', 'fdb', '--json'));
    const found = entries.find((one: { mac: string }) => one.mac === mac);
    return found?.port === TRUNK || undefined;
  });
  await reached(address);
  for (const which of [[], ['--inactive']]) {
    const now = await there.run('virsh', 'dumpxml', name, ...which);
    expect(now).toContain("<interface type='vhostuser'>");
    expect(now).not.toContain('qemu-wrap');
  }
  for (const verb of ['destroy', 'undefine']) await there.vmlane('domain', verb, name);
});

test('libvirt by TLS: the guest moves, and the questions before go by ssh', async () => {
  tellAllOnFailure();
  const uri = 'qemu+tls://hostb/system';
  expect(await here.vmlane('domain', 'list', '--connect', uri)).toMatch(/^NAME/);
  const words = ['domain', 'migrate', 'b', uri, '--migrate-uri', `tcp://${there.address}`];
  await expect(here.vmlane(...words)).rejects.toThrow(/add --ssh HOST$/);
  expect(await here.vmlane(...words, '--ssh', 'hostb', '--check')).toContain(
    'its network lan is there',
  );
  await here.vmlane(...words, '--ssh', 'hostb');
  expect((await portOf(there, 'b.hostnet0'))?.state).toBe('up');
  await migrate(there, here, 'b');
  peer.close();
  peer = (await here.console('b')) as GuestConsole;
});

test('what the other host lacks refuses the move before it begins', async () => {
  tellAllOnFailure();
  await there.vmlane('network', 'remove', 'lan');
  await expect(migrate(here, there, 'm')).rejects.toThrow(
    /^vmlane: domain m: cannot move to qemu\+ssh:\/\/hostb\/system: NIC 0 \(52:54:00:00:00:e0\): its network lan is not there/,
  );
  const join = async (mtu: string) => {
    await there.run('ip', 'link', 'set', 'br-lab', 'mtu', mtu);
    await there.vmlane('network', 'add', 'lan', '--bridge', 'br-lab', '--vlan', '100');
  };
  await join('1500');
  await expect(migrate(here, there, 'm')).rejects.toThrow(
    /its MTU is 4000, and its network lan carries 1500 there \(hostb\)/,
  );
  await there.vmlane('network', 'remove', 'lan');
  await join(BRIDGE_MTU);
  await there.vmlane('switch', 'stop');
  await expect(migrate(here, there, 'm')).rejects.toThrow(/no switch answers there/);
  // virsh does not ask; the hook there refuses.
  await expect(byVirsh(here, there, 'm')).rejects.toThrow(/no switch is running/);
  const fewer = ['switch', 'start', '--idle-sleep', '100', ...SWITCH];
  await there.vmlane(...fewer, '--features-off', 'event_idx,packed');
  await expect(migrate(here, there, 'm')).rejects.toThrow(
    /its guest uses event_idx, which the switch there does not offer \(hostb\)/,
  );
  const compared = await here.vmlane('host', 'check', '--for', 'migration', '--to', 'hostb');
  expect(compared).toMatch(/guests that start on \S+ and use event_idx,packed cannot go to hostb/);
  await there.vmlane('switch', 'stop');
  await there.vmlane(...fewer, '--queue-limit', '1');
  await expect(migrate(here, there, 'm')).rejects.toThrow(
    /it has 2 queue pairs, and the switch there allows 1 \(hostb\)/,
  );
  await there.vmlane('switch', 'stop');
  await there.vmlane(...fewer);
  expect(await here.run('virsh', 'domstate', 'm')).toBe('running\n');
  await reached();
});

test('a move that is given up, or whose switch dies, leaves the guest where it was', async () => {
  tellAllOnFailure();
  const [from, to] = [here, there];
  // A megabyte a second, so that there is time to spoil it.
  await from.run('virsh', 'migrate-setspeed', 'm', '1');
  const begun = async () => {
    await until(wait('the migration'), async () => {
      const job = await from.run('virsh', 'domjobinfo', 'm', '--rawstats');
      return /memory_processed: [1-9]/.test(job) || undefined;
    });
  };
  const words = ['domain', 'migrate', 'm', to.name, '--migrate-uri', `tcp://${to.address}`];
  const moving = execa('vmlane', words, { reject: false, stdin: 'ignore' });
  await begun();
  moving.kill('SIGINT');
  expect(await moving).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining('domain m: the move was given up; it runs on here'),
  });
  expect(await portOf(to, 'm.0')).toBeUndefined();
  await reached();

  const dying = execa('vmlane', words, { reject: false, stdin: 'ignore' });
  await begun();
  await to.vmlane('switch', 'stop');
  expect(await dying).toMatchObject({
    exitCode: 1,
    stderr: expect.stringMatching(
      /domain m: it has not moved: the switch there does not answer any more; it runs on here; when the switch there is back, remove its ports/,
    ),
  });
  await reached();
  await to.vmlane('switch', 'start', '--idle-sleep', '100', ...SWITCH);
  // The hook there could not remove it: nobody is at it, and the next move takes it.
  expect((await portOf(to, 'm.0'))?.state ?? 'waiting').toBe('waiting');
  await from.run('virsh', 'migrate-setspeed', 'm', '8796093022207');
  await migrate(from, to, 'm');
  expect((await portOf(to, 'm.0'))?.state).toBe('up');
  await reached();
});
