/** The four that change a host's files, in any order: afterwards it is as it was. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { applyHook, planInstall, planUninstall } from '../../../src/host/hook/install.js';
import { hookSettings } from '../../../src/host/hook/settings.js';
import { applySteps, undoSetup } from '../../../src/host/setup/apply.js';
import { planSetup } from '../../../src/host/setup/plan.js';
import { removeRules, rulesFor } from '../../../src/host/wrap/rules.js';
import { type Kind, pathsOf, persistFiles } from '../../../src/sriov/persist/files.js';
import { persistChanges, planFiles } from '../../../src/sriov/persist/install.js';
import { packageRoot } from '../../../src/switch/paths.js';
import type { Pf } from '../../../src/system/devices/vfs.js';
import { blockIn } from '../../../src/system/files/block.js';
import { carryOut } from '../../../src/system/files/carry-out.js';
import { HostFiles } from '../../../src/system/files/host-files.js';
import { takeBack } from '../../../src/system/files/take-back.js';
import { treeOf, withRoot } from '../../host/setup/root.js';

const RULES = 'etc/apparmor.d/local/usr.sbin.libvirtd';
/** Not on every host: made by whoever comes first. */
const GUESTS = 'etc/apparmor.d/local/abstractions/libvirt-qemu';
const HOOK = 'etc/libvirt/hooks/qemu.d/vmlane';

const installed = (node: string) => ({ package: packageRoot(), node });

async function setup(files: HostFiles, node: string): Promise<void> {
  const request = {
    ...{ pages: [{ pageSize: 2 ** 30, count: 2 }], now: false, boot: true, apparmor: true },
    ...{ iommu: false, vfio: true, sockets: false, qemu: { devices: ['/dev/vfio/vfio'] } },
  };
  await applySteps(planSetup(files, request, () => installed(node)).steps, files);
}

async function hook(files: HostFiles, path: string | undefined): Promise<void> {
  const { root } = files;
  const plan = path === undefined ? planUninstall(root) : planInstall(settings(path), root);
  await applyHook(plan, files);
}

const settings = (path: string) => hookSettings({ switch: path });

async function persist(files: HostFiles, address: string, by: Kind | undefined): Promise<void> {
  const pf = { address, nets: [{ name: 'eth0' }], count: 2, vfs: [] } as unknown as Pf;
  const saved = { version: 1 as const, pf: address, vfs: 2, settings: [], vfio: [] };
  const programs = { node: '/usr/bin/node', main: '/opt/main.js' };
  const wanted = by ? persistFiles(by, pf, saved, programs) : [];
  const paths = pathsOf({ address });
  const changes = persistChanges(planFiles(paths, wanted, files.root), files.root);
  await carryOut(changes, files, { by: 'sriov' });
  if (by) return;
  await takeBack(files, { by: 'sriov', paths: paths.map((path) => `/${path}`) });
}

type Act = (files: HostFiles) => Promise<unknown>;
const node = fc.constantFrom('/usr/bin/node', '/opt/node');
const pf = fc.constantFrom('0000:01:00.0', '0000:02:00.0');
const kind = fc.constantFrom('systemd' as const, 'networkmanager' as const, 'networkd' as const);

/** What is done, by a name that a failing run shows. */
interface Named {
  name: string;
  act: Act;
}
const act: fc.Arbitrary<Named> = fc.oneof(
  node.map((path): Named => ({ name: `setup ${path}`, act: (files) => setup(files, path) })),
  fc.constant({ name: 'setup --undo', act: undoSetup }),
  node.map(
    (path): Named => ({
      name: `wrap install ${path}`,
      act: (files) => carryOut(rulesFor(files, installed(path), 'wrap'), files, { by: 'wrap' }),
    }),
  ),
  fc.constant({ name: 'wrap uninstall', act: removeRules }),
  fc.constantFrom('/run/a.sock', '/run/b.sock').map(
    (path): Named => ({
      name: `hook install ${path}`,
      act: (files) => hook(files, path),
    }),
  ),
  fc.constant<Named>({ name: 'hook uninstall', act: (files) => hook(files, undefined) }),
  fc.tuple(pf, kind).map(
    ([address, by]): Named => ({
      name: `persist ${address} ${by}`,
      act: (files) => persist(files, address, by),
    }),
  ),
  pf.map(
    (address): Named => ({
      name: `persist ${address} --remove`,
      act: (files) => persist(files, address, undefined),
    }),
  ),
);

/** All four take back what they did, in any order. */
const ENDS: Record<string, Act> = {
  setup: undoSetup,
  wrap: removeRules,
  hook: (files) => hook(files, undefined),
  one: (files) => persist(files, '0000:01:00.0', undefined),
  two: (files) => persist(files, '0000:02:00.0', undefined),
};
const ending = fc.shuffledSubarray(Object.keys(ENDS), { minLength: 5 });

/** Backups stay. */
const tree = (root: string) => treeOf(root).filter((line) => !line.includes('.vmlane-backup'));
const before = fc.constantFrom(undefined, '', '# theirs\n', '# theirs, without a line end');
const acts = fc.array(act, { maxLength: 10 });

// Each run is dozens of small files, and the machine may be busy.
const timeout = 300_000;

test('any order of installing and taking back leaves the host as it was', { timeout }, async () => {
  await fc.assert(
    fc.asyncProperty(before, acts, ending, (text, all, end) =>
      withRoot(
        'debian12',
        async (root) => {
          const files = new HostFiles(root);
          const was = treeOf(root);
          let [forSetup, forWrap] = [false, false];
          for (const { name, act: run } of all) {
            await run(files);
            if (name.startsWith('setup')) forSetup = !name.endsWith('--undo');
            if (name.startsWith('wrap')) forWrap = !name.endsWith('uninstall');
            for (const path of [RULES, GUESTS]) {
              const now = existsSync(join(root, path))
                ? readFileSync(join(root, path), 'utf8')
                : '';
              const there = blockIn(now, 'qemu-wrap') !== undefined;
              expect(there, `${path} after ${name}`).toBe(forSetup || forWrap);
            }
          }
          for (const one of end) await ENDS[one]?.(files);
          expect(tree(root)).toEqual(was);
        },
        text === undefined ? {} : { [RULES]: text },
      ),
    ),
    { numRuns: 60 },
  );
});

/** Fails at its `at`-th change, once. */
class FailingFiles extends HostFiles {
  changes = 0;

  constructor(
    root: string,
    readonly at: number,
  ) {
    super(root);
  }

  protected override change(path: string, change: () => void): void {
    this.changes++;
    const failing = this.changes === this.at;
    super.change(path, () => {
      if (failing) throw Object.assign(new Error('no space'), { code: 'ENOSPC' });
      change();
    });
  }
}

test('whichever change of an installation fails, what others did stays and the rest is as it was', {
  timeout,
}, async () => {
  await fc.assert(
    fc.asyncProperty(acts, act, fc.nat(12), ending, (all, { name, act: last }, at, end) =>
      withRoot('debian12', async (root) => {
        const was = treeOf(root);
        for (const one of all) await one.act(new HostFiles(root));
        const half = tree(root);
        const failing = new FailingFiles(root, at + 1);
        const error = await last(failing).then(
          () => undefined,
          (thrown: Error) => thrown,
        );
        // What takes back goes as far as it can, and can be called again.
        const isBack = /undo|uninstall|remove/.test(name);
        if (error && !isBack) {
          expect(error.message).toMatch(/ENOSPC\); everything is as it was; /);
          expect(tree(root)).toEqual(half);
        }
        for (const one of end) await ENDS[one]?.(new HostFiles(root));
        expect(tree(root)).toEqual(was);
      }),
    ),
    { numRuns: 60 },
  );
});

test('taken back, but not written down; then another takes back what was below: nothing is left', () =>
  withRoot('debian12', async (root) => {
    const was = treeOf(root);
    const files = new HostFiles(root);
    await carryOut(rulesFor(files, installed('/opt/node'), 'wrap'), files, { by: 'wrap' });
    await setup(files, '/usr/bin/node');
    // It is written last.
    const journal = files.text('/var/lib/vmlane/setup.json') ?? '';
    await undoSetup(files);
    files.write('/var/lib/vmlane/setup.json', journal, { mode: 0o600, last: 'kept' });
    await removeRules(new HostFiles(root));
    await undoSetup(new HostFiles(root));
    expect(tree(root)).toEqual(was);
  }));

test(
  'whichever step of taking back fails, taking back again leaves the host as it was',
  () =>
    withRoot('debian12', async (root) => {
      const was = treeOf(root);
      const address = '0000:02:00.0';
      let failed = 0;
      for (let at = 1; at === 1 || failed === at - 1; at++) {
        await persist(new HostFiles(root), address, 'networkd');
        const failing = new FailingFiles(root, at);
        await persist(failing, address, undefined).catch((error: Error) => {
          expect(error.message).toContain('ENOSPC');
        });
        if (failing.changes >= at) failed = at;
        await persist(new HostFiles(root), address, undefined);
        expect(tree(root), `change ${at} failed`).toEqual(was);
      }
      expect(failed).toBeGreaterThan(8);
    }),
  timeout,
);

test("a user's lines around ours stay, whoever comes and goes", { timeout }, async () => {
  const edit = fc.constantFrom('top', 'bottom');
  const step = fc.oneof(
    act.map((one) => ({ ...one, edit: undefined })),
    edit.map((where) => ({ name: where, act: undefined, edit: where })),
  );
  await fc.assert(
    fc.asyncProperty(before, fc.array(step, { maxLength: 12 }), ending, (text, all, end) =>
      withRoot(
        'debian12',
        async (root) => {
          const files = new HostFiles(root);
          const path = join(root, RULES);
          const now = () => (existsSync(path) ? readFileSync(path, 'utf8') : '');
          let theirs = now().split('\n').filter(Boolean);
          for (const [i, one] of all.entries()) {
            await one.act?.(files);
            if (one.edit === undefined) continue;
            const line = `# edit ${i}`;
            theirs = one.edit === 'top' ? [line, ...theirs] : [...theirs, line];
            const gap = now() === '' || now().endsWith('\n') ? '' : '\n';
            writeFileSync(
              path,
              one.edit === 'top' ? `${line}\n${now()}` : `${now()}${gap}${line}\n`,
            );
          }
          for (const one of end) await ENDS[one]?.(files);
          expect(now().split('\n').filter(Boolean)).toEqual(theirs);
        },
        text === undefined ? {} : { [RULES]: text },
      ),
    ),
    { numRuns: 40 },
  );
});

test('a hook that somebody has edited is kept beside it when it goes', () =>
  withRoot('debian12', async (root) => {
    const files = new HostFiles(root);
    await hook(files, '/run/a.sock');
    const edited = `${readFileSync(join(root, HOOK), 'utf8')}# mine\n`;
    writeFileSync(join(root, HOOK), edited);
    await hook(files, undefined);
    expect(existsSync(join(root, HOOK))).toBe(false);
    expect(readFileSync(join(root, `${HOOK}.vmlane-backup`), 'utf8')).toBe(edited);
  }));
