/**
 * The same administrator, with SELinux enforcing: Debian's policy and vmlane's module of it. What the module allows
 * is asked of the policy that is loaded, too.
 */
import { describe, expect, test } from 'vitest';
import { isAsked, SELINUX } from './releases.js';
import { GUESTS, Steps } from './steps.js';

/** For what makes the whole policy anew. */
const POLICY_MS = 1_800_000;
const CONTROL = '/run/vmlane/switch.sock';
/** Denials that concern us or a guest. */
const DENIED =
  'dmesg | grep "avc:  *denied" | grep -E "vmlane|svirt|comm=.(vhost-switch|node|ip|qemu)"';

describe.runIf(isAsked(SELINUX))(SELINUX.name, () => {
  const steps = new Steps(SELINUX);
  const ok = (command: string, ms?: number) => steps.server.ok(command, ms);

  test('it has started, and enforces', async () => {
    expect(await ok('systemctl is-system-running')).toBe('running\n');
    expect(await ok('getenforce')).toBe('Enforcing\n');
    // Node and an emulator make code as they run, which Debian's policy lets nobody do.
    await ok('setsebool -P allow_execmem=on virt_use_execmem=on', POLICY_MS);
  });

  test('apt install, without a network', () => steps.installPackages());

  test('host check says that the module is missing', async () => {
    const { output } = await steps.server.run('vmlane host check');
    expect(output).toContain('SELinux keeps guests from the switch');
    expect(output).toContain('vmlane host setup --selinux');
  });

  test('host setup', async () => {
    const hook = await steps.setUp('--sockets --selinux --pages 1GiB:1 --pages 2MiB:200');
    expect(hook).toContain('restorecon -R /etc/libvirt/hooks');
    await ok('restorecon -R /etc/libvirt/hooks && systemctl try-reload-or-restart libvirtd');
    expect(await ok('semodule -l')).toMatch(/^vmlane$/m);
    const again = await steps.server.run('vmlane host setup --selinux');
    expect(again.output).toContain('nothing to change');
  });

  test('the policy lets guests at the switch, and at nothing else of ours', async () => {
    const rules: Record<string, 'yes' | 'no'> = {
      'svirt_t vmlane_guests_t sock_file write': 'yes',
      'svirt_t vmlane_switch_t unix_stream_socket connectto': 'yes',
      'virtd_t vmlane_run_t sock_file write': 'yes',
      'svirt_t vmlane_run_t sock_file write': 'no',
      'svirt_t vmlane_hook_t * *': 'no',
      // Others that are confined, such as a terminal's.
      'getty_t vmlane_guests_t sock_file write': 'no',
      // The switch runs nothing, becomes nothing, and leaves security's files alone.
      'vmlane_switch_t * file execute_no_trans': 'no',
      'vmlane_switch_t * process transition,dyntransition,ptrace': 'no',
      'vmlane_switch_t shadow_t file *': 'no',
      'vmlane_switch_t memory_device_t chr_file *': 'no',
      'vmlane_switch_t * security *': 'no',
      'vmlane_switch_t * system module_load': 'no',
    };
    const asked = Object.keys(rules).map((rule) => `'${rule}'`);
    const said = await ok(`python3 /mnt/policy.py /sys/fs/selinux/policy ${asked.join(' ')}`);
    const answers = said.trim().split('\n');
    expect(Object.fromEntries(Object.keys(rules).map((rule, i) => [rule, answers[i]]))).toEqual(
      rules,
    );
  });

  test('after a reboot everything is there, and has its label', async () => {
    await steps.server.reboot();
    expect(await ok('systemctl is-system-running')).toBe('running\n');
    expect(await ok('getenforce')).toBe('Enforcing\n');
    expect(await ok('systemctl is-active vmlane-switch')).toBe('active\n');
    expect(await ok('ps -o label= -C vhost-switch')).toBe('system_u:system_r:vmlane_switch_t:s0\n');
    expect(await ok('stat -c %C /run/vmlane/guests')).toBe(
      'system_u:object_r:vmlane_guests_t:s0\n',
    );
    expect(await ok(`stat -c %C ${CONTROL}`)).toBe('system_u:object_r:vmlane_run_t:s0\n');
    const { output } = await steps.server.run('vmlane host check');
    expect(output).toContain('SELinux enforcing');
    expect((await steps.server.run('vmlane hook status')).output).not.toMatch(/missing|outdated/);
  });

  test('a native guest and a wrapped one start under SELinux, and ping each other', async () => {
    await steps.startGuests();
    const labels = await Promise.all(GUESTS.map((name) => steps.labelOf(name)));
    for (const label of labels)
      expect(label).toMatch(/^system_u:system_r:svirt_t:s0:c\d{1,4},c\d{1,4}$/);
    expect(new Set(labels).size).toBe(GUESTS.length);
    await steps.pingEachOther();
    await steps.seePeersChecked();
  });

  test('a restart of the service leaves guests running, on the network', () =>
    steps.restartSwitch());

  test('nothing of this was denied', async () => {
    expect((await steps.server.run(DENIED)).output).toBe('');
  });

  test("one guest's QEMU gets nothing at another's socket, and none at the control socket", async () => {
    const [a, b] = [await steps.labelOf('a'), await steps.labelOf('b')];
    // A port as the hook adds a's, at which nobody is yet.
    const path = '/run/vmlane/guests/a/probe.sock';
    await ok(`vmlane switch add probe --path ${path} --peer-label ${a}`);
    const ask = (label: string, user: string, socket: string) =>
      ok(`python3 /mnt/ask.py ${label} ${user} ${socket}`);
    expect(await ask(b, 'libvirt-qemu', path)).toBe('closed\n');
    expect(await ask(a, 'libvirt-qemu', path)).toBe('answered\n');
    await ok('vmlane switch remove probe');
    // Whose user is not what keeps it out.
    expect(await ask(a, 'root', CONTROL)).toBe('EACCES\n');
    // So the search above would have found one.
    expect(await ok(DENIED)).toContain('vmlane_run_t');
  });

  test('all is taken back: no module, and no label of it', async () => {
    await steps.takeAllBack();
    expect(await ok('semodule -l')).not.toContain('vmlane');
    // A label whose type is gone is none; nor has this machine's folder one.
    const left =
      "find / -xdev '(' -path /lost+found -o -path /mnt ')' -prune -o -context '*:unlabeled_t:*' -print";
    expect(await ok(`${left}; ${left.replace('/', '/run')}`)).toBe('');
    await steps.server.reboot();
    expect(await ok('systemctl is-system-running')).toBe('running\n');
  });
});
