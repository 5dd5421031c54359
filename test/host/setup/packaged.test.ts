/** The package's unit, account and folder: those that `host setup` would write, and does not write again. */
import { expect, test } from 'vitest';
import { packagedFiles } from '../../../src/host/setup/packaged.js';
import { planSetup } from '../../../src/host/setup/plan.js';
import { switchCommands } from '../../../src/host/setup/programs.js';
import type { SetupRequest } from '../../../src/host/setup/request.js';
import { switchUnit } from '../../../src/host/setup/switch-unit.js';
import { INSTALLED, nativeProgram, rebuilt } from '../../../src/switch/paths.js';
import { HostFiles } from '../../../src/system/files/host-files.js';
import { withRoot } from './root.js';

const NODE = `${INSTALLED}/node`;
const FILES = packagedFiles(NODE);
const UNIT = '/usr/lib/systemd/system/vmlane-switch.service';
/** As in a tree of a host. */
const PACKAGE = Object.fromEntries(
  Object.entries(FILES).map(([path, text]) => [path.slice(1), text]),
);
const ACCOUNT = {
  'etc/passwd':
    'root:x:0:0::/root:/bin/sh\nlibvirt-qemu:x:64055:107::/:/bin/false\nvmlane:x:990:990::/:/bin/false\n',
};

class Live extends HostFiles {
  override get live(): boolean {
    return true;
  }
}

/** The steps of `host setup --switch -- WORDS`, of the package's programs. */
const planned = (words: readonly string[], more: Record<string, string>) => {
  const program = [NODE, `${INSTALLED}/dist/bin/main.js`];
  const request: SetupRequest = {
    ...{ pages: [], now: true, boot: true, iommu: false, vfio: false, sockets: false },
    ...{ apparmor: false, qemu: { devices: [] } },
    switchUnit: switchCommands(words, '/run/vmlane/switch.sock', program),
  };
  return withRoot(
    'debian12',
    (root) =>
      planSetup(new Live(root), request, () => expect.unreachable()).steps.map((step) => {
        if (step.kind === 'command') return step.run ?? `undone by ${step.undo}`;
        if (step.kind === 'account') return step.run;
        return step.kind === 'link' ? `${step.path} -> ${step.target}` : step.path;
      }),
    { 'run/systemd/system/.keep': '', ...more },
  );
};

const LINK = '/etc/systemd/system/multi-user.target.wants/vmlane-switch.service';
const MEMBER = ['/etc/sysusers.d/vmlane.conf', 'make accounts'];

test('its unit is enabled, not written a second time; its account comes into the group of QEMU', async () => {
  expect(await planned([], { ...PACKAGE, ...ACCOUNT })).toEqual([
    ...MEMBER,
    'undone by daemon-reload',
    `${LINK} -> ${UNIT}`,
    'daemon-reload',
    'start switch',
  ]);
  const member = { 'etc/group': 'libvirt-qemu:x:107:libvirt-qemu,vmlane\n' };
  expect(await planned([], { ...PACKAGE, ...ACCOUNT, ...member })).not.toContain(MEMBER[0]);
});

test('options of its own, or a unit that is there, are the administrator’s unit', async () => {
  const own = '/etc/systemd/system/vmlane-switch.service';
  expect(await planned(['--cpus', '3'], { ...PACKAGE, ...ACCOUNT })).toContain(own);
  const there = { [own.slice(1)]: '[Service]\nExecStart=/bin/true\n' };
  expect(await planned([], { ...PACKAGE, ...ACCOUNT, ...there })).toContain(own);
  // Without the package, and with one of another version: nothing of it is taken for ours.
  expect(await planned([], ACCOUNT)).toContain(own);
  const other = { ...PACKAGE, [UNIT.slice(1)]: `${FILES[UNIT]}# changed\n` };
  expect(await planned([], { ...other, ...ACCOUNT })).toContain(own);
});

test('its unit differs from one of host setup in the first line only', () => {
  const program = [NODE, `${INSTALLED}/dist/bin/main.js`];
  const written = switchUnit(switchCommands([], '/run/vmlane/switch.sock', program)).split('\n');
  const packaged = FILES[UNIT]?.split('\n') ?? [];
  expect(packaged.slice(1)).toEqual(written.slice(1));
  expect(packaged[0]).toMatch(/^# Of vmlane's package\./);
  expect(FILES['/usr/lib/sysusers.d/vmlane.conf']).toMatch(
    /^#.*\nu vmlane - "vmlane's switch" \/\n$/,
  );
  expect(FILES['/usr/lib/tmpfiles.d/vmlane.conf']).toMatch(
    /^#.*\nd \/run\/vmlane 0755 root root\n$/,
  );
});

test('where programs are, and how they come back', () => {
  expect(nativeProgram('vhost-switch', INSTALLED)).toBe('/usr/bin/vhost-switch');
  expect(nativeProgram('ovs/ovs-vsctl', INSTALLED)).toBe('/usr/lib/vmlane/ovs/ovs-vsctl');
  expect(nativeProgram('vhost-switch', '/opt/vmlane')).toBe(
    '/opt/vmlane/build/native/vhost-switch',
  );
  expect(rebuilt(INSTALLED)).toBe('apt reinstall vmlane vhost-switch');
});
