/** The program that libvirt asks for counters: linked where libvirt finds it, over nobody's, and taken back. */
import { lstatSync, mkdirSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { packageRoot } from '../../../src/switch/paths.js';
import { vmlane } from '../../cli/test-io.js';
import { treeOf, withRoot } from './root.js';

const PLACE = 'usr/local/bin/ovs-vsctl';
const PROGRAM = join(packageRoot(), 'build/native/ovs/ovs-vsctl');

const setup = (root: string, ...words: string[]) =>
  vmlane(['host', 'setup', '--root', root, ...words]);

const withoutJournal = (root: string) => treeOf(root).filter((line) => !line.startsWith('var/lib'));

test('shown, linked, nothing the second time, taken back', () =>
  withRoot('debian12', async (root) => {
    const before = withoutJournal(root);
    const shown = await setup(root, '--domifstat', '--dry-run');
    expect([shown.status, shown.out]).toEqual([0, expect.stringContaining(`/${PLACE}`)]);
    expect(withoutJournal(root)).toEqual(before);
    const done = await setup(root, '--domifstat');
    expect([done.status, done.err]).toEqual([0, expect.stringContaining('from its next start on')]);
    expect(readlinkSync(join(root, PLACE))).toBe(PROGRAM);
    expect((await setup(root, '--domifstat')).err).toContain('nothing to change');
    expect((await setup(root, '--undo')).status).toBe(0);
    expect(withoutJournal(root)).toEqual(before);
  }));

test.each(['libvirtd', 'virtqemud'])(
  '%s that AppArmor confines may run it, before it finds it',
  (name) =>
    withRoot(
      'debian12',
      async (root) => {
        const { out } = await setup(root, '--domifstat', '--json');
        const paths = (JSON.parse(out).steps as { path?: string }[]).map(({ path }) => path);
        const rules = `/etc/apparmor.d/local/usr.sbin.${name}`;
        expect(paths).toContain(rules);
        expect(paths.indexOf(rules)).toBeLessThan(paths.indexOf(`/${PLACE}`));
        expect(treeOf(root).join('\n')).toContain(`${PROGRAM} PUx,`);
      },
      { [`etc/apparmor.d/usr.sbin.${name}`]: `/usr/sbin/${name} {\n}\n` },
    ),
);

test.each([
  [PLACE, (place: string) => writeFileSync(place, '#!/bin/sh\n')],
  [PLACE, (place: string) => symlinkSync('/opt/other', place)],
  ['usr/local/sbin/ovs-vsctl', (place: string) => writeFileSync(place, '')],
])('what is another’s stays: %s', (path, make) =>
  withRoot('debian12', async (root) => {
    const place = join(root, path);
    mkdirSync(dirname(place), { recursive: true });
    make(place);
    const before = treeOf(root);
    const { status, err } = await setup(root, '--domifstat');
    expect([status, err]).toEqual([
      2,
      expect.stringContaining(`/${path}: another program is there, which libvirt would ask`),
    ]);
    expect(treeOf(root)).toEqual(before);
  }),
);

test('a link that leads elsewhere by now is left', () =>
  withRoot('debian12', async (root) => {
    await setup(root, '--domifstat');
    const place = join(root, PLACE);
    const { execFileSync } = await import('node:child_process');
    execFileSync('ln', ['-sfn', '/opt/other', place]);
    const { status, err } = await setup(root, '--undo');
    expect([status, err]).toEqual([1, expect.stringContaining('leads elsewhere now; left')]);
    expect(lstatSync(place).isSymbolicLink()).toBe(true);
  }));
