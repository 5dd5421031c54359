/** Whole hosts, one at least of each distribution: plan, setup, again, and back. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { applySteps } from '../../../src/host/setup/apply.js';
import { planSwitchUnit } from '../../../src/host/setup/switch-unit.js';
import type { HostChange } from '../../../src/system/files/changes.js';
import { HostFiles } from '../../../src/system/files/host-files.js';
import { readRelease } from '../../../src/system/os/release.js';
import { DISTRIBUTIONS } from '../../../src/values/distributions.js';
import { vmlane } from '../../cli/test-io.js';
import { HOSTS, treeOf, withRoot, wordsOf } from './root.js';

const PACKAGE = join(import.meta.dirname, '../../..');
const REAL = { VMLANE_SWITCH_BINARY: join(PACKAGE, 'build/native/vhost-switch') };

const setup = (root: string, words: string) =>
  vmlane(['host', 'setup', '--root', root, ...words.split(' ')], { env: REAL });

test.each(HOSTS)('%s: the plan is as it was looked at, and writes nothing', (name) =>
  withRoot(name, async (root) => {
    const before = treeOf(root);
    const ran = await setup(root, `--dry-run ${wordsOf(name)}`);
    expect(ran.status).toBe(0);
    const shown = `${ran.out}\n${ran.err}`
      .replaceAll(PACKAGE, '@VMLANE@')
      .replace(/\/[\w/.-]*\/node(?= )/g, '@NODE@');
    await expect(shown).toMatchFileSnapshot(`../../data/host-setup/${name}.plan`);
    expect(treeOf(root)).toEqual(before);
  }),
);

test.each(HOSTS)('%s: set up; again changes nothing; undone, every byte and mode is back', (name) =>
  withRoot(name, async (root) => {
    const before = treeOf(root);
    const first = await setup(root, wordsOf(name));
    expect([first.status, first.err]).toEqual([0, expect.stringContaining('takes it back')]);
    const after = treeOf(root);
    expect(after).not.toEqual(before);
    const again = await setup(root, wordsOf(name));
    expect(again).toEqual({ status: 0, out: '', err: 'vmlane: nothing to change\n' });
    expect(treeOf(root)).toEqual(after);
    expect((await setup(root, '--undo --dry-run')).out).not.toBe('');
    expect(treeOf(root)).toEqual(after);
    const back = await setup(root, '--undo');
    expect([back.status, back.err]).toEqual([0, '']);
    expect(treeOf(root)).toEqual(before);
    const twice = await setup(root, '--undo');
    expect(twice).toEqual({ status: 0, out: '', err: 'vmlane: there is nothing to give back\n' });
  }),
);

test('each distribution of the table has a host here', async () => {
  const rows = HOSTS.map((name) => withRoot(name, (root) => readRelease(root).known?.row));
  expect(new Set(await Promise.all(rows))).toEqual(new Set(Object.keys(DISTRIBUTIONS)));
});

test.each(HOSTS)('%s: pages of another size by default, and later more of the former one', (name) =>
  // Ubuntu's has a count of no size, with which it is refused (bad.test.ts).
  withRoot(
    name,
    async (root) => {
      const before = treeOf(root);
      const words = '--boot --pages 1GiB:2 --pages 2MiB:64 --default-pages 1GiB';
      const first = await setup(root, words);
      expect([first.status, first.err]).toEqual([
        0,
        expect.stringContaining('from the next boot on /dev/hugepages has pages of 1G'),
      ]);
      const after = treeOf(root);
      const has = (text: string) =>
        Object.values(after).some((one) => JSON.stringify(one).includes(text));
      expect(has('default_hugepagesz=1G')).toBe(true);
      // Not by sysctl, where 64 would be of 1 GiB; and mounted, as systemd does so with the default only.
      expect(has('vm.nr_hugepages = 64')).toBe(false);
      expect(has('hugepages-2048kB/nr_hugepages - - - - 64')).toBe(true);
      expect(has('pagesize=2M')).toBe(true);
      expect((await setup(root, words)).err).toContain('nothing to change');
      expect(treeOf(root)).toEqual(after);
      expect((await setup(root, '--boot --pages 2MiB:65')).status).toBe(0);
      expect(JSON.stringify(treeOf(root))).not.toContain('vm.nr_hugepages = 65');
      expect((await setup(root, '--undo')).status).toBe(0);
      expect(treeOf(root)).toEqual(before);
    },
    { 'etc/sysctl.conf': '' },
  ),
);

test('in two goes, undone at once', () =>
  withRoot('debian12', async (root) => {
    const before = treeOf(root);
    await setup(root, '--iommu --pages 2MiB:64@0 --boot');
    const { out } = await setup(root, '--pages 1GiB:4 --pages 2MiB:32@0 --boot --sockets');
    // The second adds to the files of the first.
    expect(out).toContain(
      '+GRUB_CMDLINE_LINUX="$GRUB_CMDLINE_LINUX intel_iommu=on iommu=pt hugepagesz=1G hugepages=4"',
    );
    const tmpfiles = readFileSync(join(root, 'etc/tmpfiles.d/vmlane.conf'), 'utf8');
    expect(tmpfiles.match(/nr_hugepages.*$/gm)).toEqual(['nr_hugepages - - - - 32']);
    expect((await setup(root, '--undo')).status).toBe(0);
    expect(treeOf(root)).toEqual(before);
  }));

test('a service that is there already runs again as it did when a new one fails', () =>
  withRoot('debian12', async (root) => {
    const service = (at: string) => ({ start: [at], info: [at], controlSocket: '/s' });
    const files = new HostFiles(root);
    const commands = (steps: readonly HostChange[]) =>
      steps.flatMap(({ kind, ...step }) =>
        kind === 'command' && 'why' in step ? [{ ...step, why: undefined }] : [],
      );
    const first = planSwitchUnit(files, service('/a'));
    expect(commands(first.steps)).toEqual([
      { undo: 'daemon-reload' },
      { run: 'daemon-reload' },
      { run: 'start switch', undo: 'stop switch' },
    ]);
    await applySteps(first.steps, files);
    expect(planSwitchUnit(files, service('/a')).steps).toEqual([]);
    expect(commands(planSwitchUnit(files, service('/b')).steps)).toEqual([
      { undo: 'start switch' },
      { undo: 'daemon-reload' },
      { run: 'daemon-reload' },
      { run: 'start switch' },
    ]);
  }));

test('SELinux wants labels', () =>
  withRoot(
    'fedora40',
    async (root) => {
      const { err } = await setup(root, '--sockets --dry-run');
      expect(err).toContain(
        'SELinux is on; label the files: restorecon /etc/sysusers.d/vmlane.conf /etc/tmpfiles.d/vmlane.conf\n',
      );
    },
    { 'sys/fs/selinux/enforce': '1' },
  ));

test('folders are made for all to read, whatever the umask', () =>
  withRoot('fedora40', async (root) => {
    const before = process.umask(0o077);
    try {
      await setup(root, '--sockets');
    } finally {
      process.umask(before);
    }
    expect(new HostFiles(root).rights('/etc/tmpfiles.d')?.mode).toBe(0o755);
    expect(new HostFiles(root).rights('/etc/tmpfiles.d/vmlane.conf')?.mode).toBe(0o644);
  }));

test('--json tells the same', () =>
  withRoot('debian12', async (root) => {
    const planned = JSON.parse((await setup(root, '--iommu --dry-run --json')).out);
    expect(planned).toMatchObject({
      changed: false,
      steps: [
        { kind: 'file', path: '/etc/default/grub.d/vmlane.cfg', before: null, mode: 0o644 },
        { kind: 'command', argv: ['update-grub'] },
      ],
      notes: ['reboot for the kernel command line: intel_iommu=on iommu=pt'],
      shortages: [],
    });
    expect(JSON.parse((await setup(root, '--iommu --json')).out)).toMatchObject({ changed: true });
    expect(JSON.parse((await setup(root, '--undo --dry-run --json')).out)).toEqual({
      changed: false,
      undo: ['/etc/default/grub.d/vmlane.cfg', 'update-grub'],
    });
    expect(JSON.parse((await setup(root, '--undo --json')).out)).toEqual({
      done: ['/etc/default/grub.d/vmlane.cfg: removed'],
      left: [],
    });
  }));
