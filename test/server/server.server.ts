/**
 * What an administrator does on a server that boots: installs the packages, sets the host up, reboots, runs guests
 * under AppArmor, takes all back, reboots, and has the server as it was. One step after the other.
 */
import { describe, expect, test } from 'vitest';
import { isAsked, RELEASES } from './releases.js';
import { GUESTS, LOG, Steps } from './steps.js';

const NUMA_MAPS = '/proc/$(pidof vhost-switch)/numa_maps';
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

for (const release of RELEASES)
  describe.runIf(isAsked(release))(release.name, () => {
    const steps = new Steps(release);
    const ok = (command: string) => steps.server.ok(command);
    const profileOf = async (name: string) =>
      `libvirt-${(await ok(`virsh domuuid ${name}`)).trim()}`;
    let before: string;

    test('it has started, as its administrator left it', async () => {
      expect(await ok('systemctl is-system-running')).toBe('running\n');
      expect(await ok('cat /sys/module/apparmor/parameters/enabled')).toBe('Y\n');
      before = await ok(STATE);
      expect(before).not.toContain('vmlane');
    });

    test('apt install, without a network', () => steps.installPackages());

    test('host check says what is missing', async () => {
      const { status, output } = await steps.server.run('vmlane host check');
      expect([status, output]).toEqual([0, expect.stringContaining('no switch answers')]);
      expect(output).toContain('AppArmor on');
    });

    test('host setup', async () => {
      const wish =
        '--sockets --iommu --vfio --apparmor --domifstat --pages 1GiB:1 --pages 2MiB:200';
      // Debian's libvirtd has ended by itself by now, as nobody asked it anything.
      const hook = await steps.setUp(wish);
      expect(hook).not.toContain('AppArmor lets hooks run no program');
      await ok('systemctl try-reload-or-restart libvirtd');
    });

    test('after a reboot everything is there', async () => {
      await steps.server.reboot();
      expect(await ok('systemctl is-system-running')).toBe('running\n');
      const words = (await ok('cat /proc/cmdline')).trim().split(' ');
      expect(words).toEqual(
        expect.arrayContaining(['intel_iommu=on', 'iommu=pt', 'hugepagesz=1G', 'hugepages=1']),
      );
      expect(await ok('ls /sys/kernel/iommu_groups')).not.toBe('');
      expect(await ok('cat /sys/kernel/mm/hugepages/hugepages-1048576kB/nr_hugepages')).toBe('1\n');
      expect(await ok('cat /sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages')).toBe('200\n');
      expect(await ok('ls /sys/bus/pci/drivers')).toContain('vfio-pci');
      expect(await ok('stat -c "%a %U %G" /run/vmlane/guests')).toBe('2750 vmlane libvirt-qemu\n');
      expect(await ok('systemctl is-active vmlane-switch')).toBe('active\n');
      expect(await ok('ps -o user= -C vhost-switch')).toBe('vmlane\n');
      // It has its pages from those.
      expect(await ok(`grep -c huge ${NUMA_MAPS}`)).not.toBe('0\n');
      expect((await steps.server.run('vmlane hook status')).output).not.toMatch(/missing|outdated/);
    });

    test('a native guest and a wrapped one start under AppArmor, and ping each other', async () => {
      await steps.startGuests();
      for (const name of GUESTS)
        expect(await steps.labelOf(name)).toBe(`${await profileOf(name)} (enforce)`);
      await steps.pingEachOther();
      await steps.seePeersChecked();
    });

    test("virsh domifstat tells the native guest's counters", async () => {
      const counted = await ok('virsh domifstat a 52:54:00:00:00:0a');
      for (const way of ['rx', 'tx'])
        expect(Number(new RegExp(`${way}_packets (\\d+)`).exec(counted)?.[1])).toBeGreaterThan(0);
    });

    test("one guest's QEMU gets nothing at another's socket", async () => {
      const [a, b] = [await profileOf('a'), await profileOf('b')];
      // A port as the hook adds a's, at which nobody is yet.
      const path = '/run/vmlane/guests/a/probe.sock';
      await ok(`vmlane switch add probe --path ${path} --peer-label ${a}`);
      const ask = (profile: string) => ok(`python3 /mnt/ask.py ${profile} libvirt-qemu ${path}`);
      expect(['closed\n', 'EACCES\n', 'EPERM\n']).toContain(await ask(b));
      expect(await ask(a)).toBe('answered\n');
      await ok('vmlane switch remove probe');
      expect((await steps.server.run('dmesg | grep "apparmor=.DENIED"')).output).toBe('');
    });

    test('logrotate gives the switch a new log; the switch runs on', async () => {
      const pid = (await ok('pidof vhost-switch')).trim();
      await ok('logrotate --force /etc/logrotate.d/vhost-switch');
      expect((await ok('pidof vhost-switch')).trim()).toBe(pid);
      // It opens it when it has read the signal.
      const open = `readlink /proc/${pid}/fd/* | grep '^/var/log/vmlane' | sort -u`;
      await ok(`until [ "$(${open})" = ${LOG} ]; do sleep 1; done`);
      expect(await ok('ls -1 /var/log/vmlane')).toBe('switch.log\nswitch.log.1\n');
    });

    test('a restart of the service leaves guests running, on the network', () =>
      steps.restartSwitch());

    test('all is taken back: after purge and a reboot the server is as it was', async () => {
      await steps.takeAllBack();
      await steps.server.reboot();
      expect(await ok('systemctl is-system-running')).toBe('running\n');
      expect(await ok(STATE)).toBe(before);
    });
  });
