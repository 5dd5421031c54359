/** This machine's own kernel and systemd. */

import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execaSync } from 'execa';
import { describe, expect, test } from 'vitest';
import { patience } from '../../../lab/slow.js';
import { applySteps, undoSetup } from '../../../src/host/setup/apply.js';
import { planNow } from '../../../src/host/setup/pages.js';
import { planSetup } from '../../../src/host/setup/plan.js';
import { checkNoSwitch } from '../../../src/host/setup/programs.js';
import { switchUnit } from '../../../src/host/setup/switch-unit.js';
import { accessTroubles, partsOf } from '../../../src/host/wrap/access.js';
import { HostFiles } from '../../../src/system/files/host-files.js';
import { vmlane } from '../../cli/test-io.js';
import { inFolder } from '../../switch/folder.js';
import { withRealSwitch } from '../../switch/real-switch.js';
import { treeOf, withRoot } from './root.js';

/** The real kernel's files, all others in a temporary root: this machine's journal is not ours. */
class RealKernel extends HostFiles {
  readonly #real = new HostFiles('/');

  override text(path: string) {
    return /^\/(sys|proc)\//.test(path) ? this.#real.text(path) : super.text(path);
  }

  override poke(path: string, value: number) {
    this.#real.poke(path, value);
  }
}

const main = join(import.meta.dirname, '../../../dist/bin/main.js');
const NR = '/sys/devices/system/node/node0/hugepages/hugepages-2048kB/nr_hugepages';
const FEW = 4;

function whyNoPages(): string {
  try {
    const now = readFileSync(NR, 'utf8');
    writeFileSync(NR, now);
    return '';
  } catch (error) {
    return `this kernel's huge pages cannot be set: ${(error as Error).message}`;
  }
}

const pages = () => Number(readFileSync(NR, 'utf8'));

describe('huge pages of this machine', () => {
  const reason = whyNoPages();
  if (reason) console.warn(`skipped: ${reason}`);

  test.skipIf(reason !== '')('a few more on node 0, and back', () =>
    withRoot('debian12', async (root) => {
      const files = new RealKernel(root);
      const before = pages();
      const wishes = [{ pageSize: 2 ** 21, count: before + FEW, node: 0 }];
      const { steps } = planNow(files, wishes);
      try {
        expect(await applySteps(steps, files)).toEqual({ shortages: [] });
        expect(pages()).toBe(before + FEW);
        expect(planNow(files, wishes).steps).toEqual([]);
        expect(planNow(files, [{ ...wishes[0], count: 1 } as (typeof wishes)[0]])).toMatchObject({
          steps: [],
          notes: [expect.stringMatching(/^huge pages of 2 MiB on node 0: there are \d+ now/)],
        });
      } finally {
        const { left } = await undoSetup(files);
        // Another test may have changed the number meanwhile; then ours are taken off it.
        if (left.length > 0) writeFileSync(NR, String(Math.max(0, pages() - FEW)));
        else expect(pages()).toBe(before);
      }
    }),
  );

  test.skipIf(reason !== '')('more than the memory holds: the kernel’s answer is told', () =>
    withRoot('debian12', async (root) => {
      // As the kernel does where memory is fragmented, and without taking all of this machine's.
      class Full extends RealKernel {
        override poke(path: string, value: number) {
          super.poke(path, Math.min(value, before + 1));
        }
      }
      const before = pages();
      const files = new Full(root);
      const { steps } = planNow(files, [{ pageSize: 2 ** 21, count: before + FEW, node: 0 }]);
      try {
        const { shortages } = await applySteps(steps, files);
        expect(shortages).toEqual([expect.stringMatching(/the kernel gave \d+ of \d+, 6 MiB are/)]);
      } finally {
        const { left } = await undoSetup(files);
        if (left.length > 0) writeFileSync(NR, String(Math.max(0, pages() - 1)));
      }
    }),
  );
});

const analyze = existsSync('/usr/bin/systemd-analyze');
if (!analyze) console.warn('skipped: systemd-analyze is not installed');

test.skipIf(!analyze)('systemd takes the units as they are', () =>
  withRoot('debian12', async (root) => {
    const files = new HostFiles(root);
    const node = process.execPath;
    const odd = ['a b', '$HOME', '%n', `"'`, '\\', ';', 'x;y', 'ü'];
    const { steps } = planSetup(
      files,
      {
        ...{ pages: [{ pageSize: 2 ** 30, count: 1 }], now: false, boot: true },
        ...{ iommu: false, vfio: false, sockets: false, apparmor: false, qemu: { devices: [] } },
        switchUnit: { start: [node, ...odd], info: [node, ...odd], controlSocket: '/s' },
      },
      () => ({ package: tmpdir(), node }),
    );
    await applySteps(steps, files);
    for (const name of ['dev-hugepages1G.mount', 'vmlane-switch.service']) {
      const unit = join(root, 'etc/systemd/system', name);
      const ran = execaSync('systemd-analyze', ['verify', '--man=no', unit], { all: true });
      expect(ran.all).toBe('');
    }
  }),
);

test.skipIf(!analyze)('the service has little that it does not need', () =>
  inFolder(async (folder) => {
    const unit = join(folder, 'vmlane-switch.service');
    const words = ['/bin/true'];
    writeFileSync(unit, switchUnit({ start: words, info: words, controlSocket: '/s' }));
    // 9.6 is a unit with nothing but a program, 7.3 was this one's without what it drops now.
    const ran = execaSync(
      'systemd-analyze',
      ['security', '--offline=true', '--threshold=48', unit],
      {
        all: true,
        reject: false,
      },
    );
    expect(ran.all).toMatch(/Overall exposure level/);
    expect(ran.exitCode).toBe(0);
  }),
);

test('a service beside a switch that somebody started is refused', () =>
  withRealSwitch(async ({ socket }) => {
    const unit = { start: [], info: [], controlSocket: socket };
    await expect(checkNoSwitch(unit)).rejects.toThrow(
      /^\/.+: a switch runs there \(pid \d+\), and not as a service; stop it with 'vmlane switch stop'/,
    );
    await expect(checkNoSwitch({ ...unit, controlSocket: `${socket}.no` })).resolves.toBe(
      undefined,
    );
  }));

test('the service is up when its switch answers, not before', () =>
  withRealSwitch(async ({ socket }) => {
    const info = [process.execPath, main, 'switch', 'info', '--control-socket'];
    const wait = (at: string, ms: number) => {
      const unit = switchUnit({ start: ['/bin/true'], info: [...info, at], controlSocket: at });
      const line = /^ExecStartPost=\/bin\/sh -c "((?:[^"\\]|\\.)*)" (.*)$/m.exec(unit);
      const script = (line?.[1] ?? '').replace(/\\(.)/g, '$1').replaceAll('$$', '$');
      const words = (line?.[2] ?? '').split(' ');
      return execaSync('sh', ['-c', script, ...words], { timeout: ms, reject: false });
    };
    expect(wait(socket, patience(60_000))).toMatchObject({ exitCode: 0, stdout: '', stderr: '' });
    expect(wait(`${socket}.no`, 5000)).toMatchObject({ timedOut: true });
  }));

test.each([
  [
    'debian12',
    '--iommu --boot --pages 1GiB:8',
    'quiet intel_iommu=on iommu=pt hugepagesz=1G hugepages=8',
  ],
  ['ubuntu2204', '--boot --pages 1GiB:8', 'hugepagesz=1G hugepages=8 console=tty1 console=ttyS0'],
  [
    'opensuse155',
    '--iommu',
    "intel_iommu=on iommu=pt splash=silent mitigations=auto 'dyndbg=file a.c +p' quiet",
  ],
] as const)('%s: a shell makes the kernel line of it, as GRUB reads it', (host, words, expected) =>
  withRoot(host, async (root) => {
    await vmlane(['host', 'setup', '--root', root, ...words.split(' ')]);
    const script =
      'for one in "$1"/etc/default/grub "$1"/etc/default/grub.d/*.cfg; do if [ -e "$one" ]; then . "$one"; fi; done; echo $GRUB_CMDLINE_LINUX $GRUB_CMDLINE_LINUX_DEFAULT';
    const { stdout } = execaSync('sh', ['-c', script, 'sh', root], { stderr: 'ignore' });
    expect(stdout.split(' ').sort()).toEqual(expected.split(' ').sort());
  }),
);

const tmpfiles = existsSync('/usr/bin/systemd-tmpfiles');
if (!tmpfiles) console.warn('skipped: systemd-tmpfiles is not installed');

test.skipIf(!tmpfiles)('systemd makes the folders of the sockets as they are meant', () =>
  withRoot('debian12', async (root) => {
    await vmlane(['host', 'setup', '--sockets', '--root', root]);
    execaSync('systemd-tmpfiles', ['--create', `--root=${root}`, '--prefix=/run/vmlane']);
    const rights = (path: string) => new HostFiles(root).rights(path);
    expect(rights('/run/vmlane')).toEqual({ mode: 0o755, uid: 0, gid: 0 });
    expect(rights('/run/vmlane/guests')).toEqual({ mode: 0o2750, uid: 0, gid: 107 });
  }),
);

const closed =
  process.getuid?.() === 0
    ? accessTroubles(partsOf(main), 'read', { uid: 0, others: true })[0]?.problem
    : 'only root can be somebody else';
if (closed) console.warn(`skipped: no other account can run the command line: ${closed}`);

test.skipIf(closed)('without rights nothing is changed, and it says so', () =>
  withRoot('debian12', async (root) => {
    chmodSync(root, 0o755);
    const before = treeOf(root);
    const ran = execaSync(process.execPath, [main, 'host', 'setup', '--vfio', '--root', root], {
      ...{ uid: 65534, gid: 65534, reject: false },
    });
    expect([ran.exitCode, ran.stderr]).toEqual([
      1,
      `vmlane: ${root}/var/lib/vmlane/setup.json: cannot be changed (EACCES); everything is as it was; run this as root`,
    ]);
    expect(treeOf(root)).toEqual(before);
  }),
);
