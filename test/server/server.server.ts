/**
 * What an administrator does on a server that boots: installs the packages, sets the host up, reboots, runs guests
 * under AppArmor, takes all back, reboots, and has the server as it was. One step after the other.
 */
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { buildGuestImage } from '../../lab/guest-image.js';
import { parsePing } from '../../src/trial/ping.js';
import { imageOf, packagesOf, RELEASES } from './releases.js';
import { Server } from './server.js';

const NUMA_MAPS = '/proc/$(pidof vhost-switch)/numa_maps';
const HERE = 'test/server';
const LOG = '/var/log/vmlane/switch.log';
/** Backups of tables, caches of what is installed, and the profiles of guests, which libvirt leaves there. */
const NOT_OURS = `! -name '*-' ! -name .pwd.lock ! -name ld.so.cache ! -path '/etc/apparmor.d/libvirt/libvirt-*'`;
/** Of what `host setup`, the packages and libvirt's hooks could leave. */
const STATE = [
  `find /etc ${NOT_OURS} -printf '%p %M %u:%g %l\\n' | sort`,
  `find /etc -type f ${NOT_OURS} -exec sha256sum {} + | sort -k2`,
  'cat /proc/cmdline',
  'grep -H . /sys/kernel/mm/hugepages/*/nr_hugepages',
  'systemctl list-unit-files --state=enabled --no-legend',
  'systemctl --failed --no-legend',
  'find /run/vmlane /var/lib/vmlane /var/log/vmlane /dev/vmlane /usr/local -printf "%p %M %u:%g %l\\n" 2>/dev/null | sort',
].join('; ');

describe.each(RELEASES)('$name', (release) => {
  let share: string;
  let server: Server;
  let before: string;
  let broken = false;
  let profileOf: (guest: string) => Promise<string>;

  // A step builds on those before it.
  beforeEach((context) => context.skip(broken, 'a step before it failed'));
  afterEach(({ task }) => {
    broken ||= task.result?.state === 'fail';
  });

  beforeAll(async () => {
    share = mkdtempSync(join(tmpdir(), 'vmlane-share-'));
    mkdirSync(join(share, 'packages'));
    const debs = packagesOf(release);
    for (const deb of debs) copyFileSync(deb, join(share, 'packages', basename(deb)));
    for (const name of ['a.yaml', 'b.xml', 'ask.py', 'in-guest.py'])
      copyFileSync(join(HERE, name), join(share, name));
    const guest = { kernel: join(share, 'vmlinuz'), initrd: join(share, 'initrd') };
    await buildGuestImage(guest);
    server = await Server.install(await imageOf(release, debs), share);
    profileOf = async (name) => `libvirt-${(await server.ok(`virsh domuuid ${name}`)).trim()}`;
  });
  afterAll(async () => {
    await server?.remove();
    rmSync(share, { recursive: true });
  });

  /** What a guest of the server says to a command. */
  const inGuest = (name: string, command: string) =>
    server.ok(`python3 /mnt/in-guest.py ${name} 1200 '${command}'`, 1_260_000);

  test('it has started, as its administrator left it', async () => {
    expect(await server.ok('systemctl is-system-running')).toBe('running\n');
    expect(await server.ok('cat /sys/module/apparmor/parameters/enabled')).toBe('Y\n');
    before = await server.ok(STATE);
    expect(before).not.toContain('vmlane');
  });

  test('apt install, without a network', async () => {
    const said = await server.ok(
      'apt-get install -q -y --no-install-recommends /mnt/packages/*.deb',
    );
    expect(said).toContain('Setting up vmlane');
    expect((await server.ok('vmlane --version')).trim()).toMatch(/^\d+\.\d+\.\d+/);
  });

  test('host check says what is missing', async () => {
    const { status, output } = await server.run('vmlane host check');
    expect([status, output]).toEqual([0, expect.stringContaining('no switch answers')]);
    expect(output).toContain('AppArmor on');
  });

  test('host setup', async () => {
    const wish = '--sockets --iommu --vfio --apparmor --domifstat --pages 1GiB:1 --pages 2MiB:200';
    const shown = await server.ok(`vmlane host setup ${wish} --switch --dry-run`);
    expect(shown).toContain('hugepagesz=1G');
    expect(await server.ok('ls /etc/default/grub.d')).not.toContain('vmlane');
    await server.ok(`vmlane switch settings set cpus=1 log-file=${LOG}`);
    // 1: the kernel may give fewer pages now than were asked for; it says that all come with a reboot.
    const { status, output } = await server.run(`vmlane host setup ${wish} --switch`);
    expect([0, 1], output).toContain(status);
    // Debian's libvirtd has ended by itself by now, as nobody asked it anything.
    const hook = await server.ok('vmlane hook install');
    expect(hook).not.toContain('AppArmor lets hooks run no program');
    await server.ok('systemctl try-reload-or-restart libvirtd');
  });

  test('after a reboot everything is there', async () => {
    await server.reboot();
    expect(await server.ok('systemctl is-system-running')).toBe('running\n');
    const words = (await server.ok('cat /proc/cmdline')).trim().split(' ');
    expect(words).toEqual(
      expect.arrayContaining(['intel_iommu=on', 'iommu=pt', 'hugepagesz=1G', 'hugepages=1']),
    );
    expect(await server.ok('ls /sys/kernel/iommu_groups')).not.toBe('');
    expect(await server.ok('cat /sys/kernel/mm/hugepages/hugepages-1048576kB/nr_hugepages')).toBe(
      '1\n',
    );
    expect(await server.ok('cat /sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages')).toBe(
      '200\n',
    );
    expect(await server.ok('ls /sys/bus/pci/drivers')).toContain('vfio-pci');
    expect(await server.ok('stat -c "%a %U %G" /run/vmlane/guests')).toBe(
      '2750 vmlane libvirt-qemu\n',
    );
    expect(await server.ok('systemctl is-active vmlane-switch')).toBe('active\n');
    expect(await server.ok('ps -o user= -C vhost-switch')).toBe('vmlane\n');
    // It has its pages from those.
    expect(await server.ok(`grep -c huge ${NUMA_MAPS}`)).not.toBe('0\n');
    expect((await server.run('vmlane hook status')).output).not.toMatch(/missing|outdated/);
  });

  test('a native guest and a wrapped one start under AppArmor, and ping each other', async () => {
    await server.ok('cp /mnt/vmlinuz /mnt/initrd /var/lib/libvirt/images/');
    await server.ok('virsh net-start default || virsh net-info default | grep -q "Active:.*yes"');
    await server.ok('vmlane network add default --libvirt default');
    await server.ok('vmlane domain define /mnt/a.yaml && virsh define /mnt/b.xml');
    await server.ok('vmlane wrap install b');
    for (const name of ['a', 'b']) await server.ok(`virsh start ${name}`);
    for (const name of ['a', 'b']) {
      const label = await server.ok(`cat /proc/$(cat /run/libvirt/qemu/${name}.pid)/attr/current`);
      expect(label).toBe(`${await profileOf(name)} (enforce)\n`);
    }
    expect(await server.ok('cat /var/log/libvirt/qemu/b.log')).not.toContain('snapshot');
    await inGuest('b', 'true');
    const pings = parsePing(await inGuest('a', 'ping -c 5 -i 0.5 -W 60 10.77.0.2'));
    expect(pings.times.size).toBe(5);
    const ports = JSON.parse(await server.ok('vmlane switch ports --json')) as {
      ports: { name: string; peer_checked?: string; peer_label?: string }[];
    };
    const checked = ports.ports.map(({ name, peer_checked }) => [name.split('.')[0], peer_checked]);
    expect(checked).toEqual(
      expect.arrayContaining([
        ['a', expect.stringMatching(/connection|process/)],
        ['b', expect.stringMatching(/connection|process/)],
      ]),
    );
  });

  test("virsh domifstat tells the native guest's counters", async () => {
    const counted = await server.ok('virsh domifstat a 52:54:00:00:00:0a');
    for (const way of ['rx', 'tx'])
      expect(Number(new RegExp(`${way}_packets (\\d+)`).exec(counted)?.[1])).toBeGreaterThan(0);
  });

  test("one guest's QEMU gets nothing at another's socket", async () => {
    const [a, b] = [await profileOf('a'), await profileOf('b')];
    // A port as the hook adds a's, at which nobody is yet.
    const path = '/run/vmlane/guests/a/probe.sock';
    await server.ok(`vmlane switch add probe --path ${path} --peer-label ${a}`);
    const ask = (profile: string) =>
      server.ok(`python3 /mnt/ask.py ${profile} libvirt-qemu ${path}`);
    expect(['closed\n', 'EACCES\n', 'EPERM\n']).toContain(await ask(b));
    expect(await ask(a)).toBe('answered\n');
    await server.ok('vmlane switch remove probe');
    expect((await server.run('dmesg | grep "apparmor=.DENIED"')).output).toBe('');
  });

  test('logrotate gives the switch a new log; the switch runs on', async () => {
    const pid = (await server.ok('pidof vhost-switch')).trim();
    await server.ok('logrotate --force /etc/logrotate.d/vhost-switch');
    expect((await server.ok('pidof vhost-switch')).trim()).toBe(pid);
    // It opens it when it has read the signal.
    const open = `readlink /proc/${pid}/fd/* | grep '^/var/log/vmlane' | sort -u`;
    await server.ok(`until [ "$(${open})" = ${LOG} ]; do sleep 1; done`);
    expect(await server.ok('ls -1 /var/log/vmlane')).toBe('switch.log\nswitch.log.1\n');
  });

  test('a restart of the service leaves guests running, on the network', async () => {
    await server.ok('systemctl restart vmlane-switch');
    const pings = parsePing(await inGuest('a', 'ping -c 5 -i 1 -W 60 10.77.0.2'));
    expect(pings.times.size).toBeGreaterThan(0);
  });

  test('all is taken back: after purge and a reboot the server is as it was', async () => {
    for (const name of ['a', 'b']) await server.ok(`virsh destroy ${name}`);
    await server.ok('vmlane wrap uninstall b');
    for (const name of ['a', 'b']) await server.ok(`virsh undefine ${name}`);
    await server.ok('vmlane network remove default');
    await server.ok('vmlane host setup --undo');
    await server.ok('apt-get purge -q -y --auto-remove vmlane vhost-switch');
    await server.reboot();
    expect(await server.ok('systemctl is-system-running')).toBe('running\n');
    expect(await server.ok(STATE)).toBe(before);
  });
});
