import {
  closeSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { areWide, removeRules, rulesBack, rulesFor } from '../../../src/host/wrap/rules.js';
import { packageRoot } from '../../../src/switch/paths.js';
import { withBlock } from '../../../src/system/files/block.js';
import { carryOut } from '../../../src/system/files/carry-out.js';
import type { Author } from '../../../src/system/files/entry.js';
import { HostFiles } from '../../../src/system/files/host-files.js';
import { JOURNAL } from '../../../src/system/files/journal.js';
import { takeBack } from '../../../src/system/files/take-back.js';
import { treeOf } from '../setup/root.js';

const GUESTS = '/etc/apparmor.d/local/abstractions/libvirt-qemu';
const DAEMON = '/etc/apparmor.d/local/usr.sbin.libvirtd';
const INSTALLED = { package: packageRoot(), node: '/usr/bin/node' };

let root: string;
let files: HostFiles;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'vmlane-root-'));
  put(DAEMON, '# ours\n/x r,\n');
  files = new HostFiles(root);
});
afterEach(() => rmSync(root, { recursive: true }));

function put(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}
const text = (path: string) => readFileSync(join(root, path), 'utf8');
const install = (by: Author, installed = INSTALLED) =>
  carryOut(rulesFor(files, installed, by), files, { by });
const undoSetup = () => takeBack(files, { by: 'setup' });

test('rules are written once, beside those of others, and taken out again', async () => {
  const before = treeOf(root);
  await install('wrap');
  expect(text(GUESTS)).toContain(`\n  ${packageRoot()}/wrapper/* rmix,\n`);
  expect(text(GUESTS)).toContain('\n  /usr/bin/node rmix,\n');
  expect(text(GUESTS)).not.toContain('@VMLANE@');
  expect(text(DAEMON).startsWith('# ours\n/x r,\n# begin vmlane: qemu-wrap\n')).toBe(true);
  expect(rulesFor(files, INSTALLED, 'wrap')).toEqual([]);
  expect(rulesFor(files, INSTALLED)).toEqual([]);
  expect(rulesBack(files)).toEqual([
    { path: GUESTS, before: text(GUESTS), after: '' },
    { path: DAEMON, before: text(DAEMON), after: '# ours\n/x r,\n' },
  ]);
  expect(await removeRules(files)).toEqual({ left: [], notes: [] });
  expect(treeOf(root)).toEqual(before);
});

test("AppArmor's files are replaced, never written in place", async () => {
  const now = '# ours\n/x r,\n';
  linkSync(join(root, DAEMON), join(root, 'former'));
  const reader = openSync(join(root, DAEMON), 'r');
  try {
    await install('setup');
    expect(text(DAEMON)).not.toBe(now);
    // Who was reading it sees all of the former one, and its other name was not touched.
    expect(readFileSync(reader, 'utf8')).toBe(now);
    expect(text('former')).toBe(now);
  } finally {
    closeSync(reader);
  }
  const written = openSync(join(root, DAEMON), 'r');
  try {
    const whole = text(DAEMON);
    await undoSetup();
    expect(text(DAEMON)).toBe(now);
    expect(readFileSync(written, 'utf8')).toBe(whole);
  } finally {
    closeSync(written);
  }
});

test.each([
  ['setup', 'wrap'],
  ['wrap', 'setup'],
] as const)('%s and then %s: they stay until neither needs them', async (first, second) => {
  const before = treeOf(root);
  const back = { setup: undoSetup, wrap: () => removeRules(files) };
  for (const last of ['setup', 'wrap'] as const) {
    await install(first);
    const written = text(DAEMON);
    await install(second);
    expect(text(DAEMON)).toBe(written);
    await back[last === 'setup' ? 'wrap' : 'setup']();
    expect(text(DAEMON)).toBe(written);
    expect((await back[last]()).left).toEqual([]);
    expect(treeOf(root)).toEqual(before);
  }
});

test("another installation's rules replace them, and those are back afterwards", async () => {
  const before = treeOf(root);
  await install('setup');
  const written = text(DAEMON);
  await install('wrap', { ...INSTALLED, node: '/opt/node' });
  await install('wrap', { ...INSTALLED, node: '/opt/node20' });
  expect(text(GUESTS)).toContain('/opt/node20 rmix');
  await removeRules(files);
  expect(text(DAEMON)).toBe(written);
  await undoSetup();
  expect(treeOf(root)).toEqual(before);
});

test.each(['setup', 'wrap'] as const)(
  "%s replaces an older version's rule, which covered all guests' sockets",
  async (by) => {
    const older = { ...INSTALLED, package: join(root, 'older') };
    const wide = '  /{var/,}run/vmlane/guests/*/*.sock rw,\n';
    put('/older/templates/apparmor/libvirt-qemu', wide);
    put('/older/templates/apparmor/usr.sbin.libvirtd', '  /older PUx,\n');
    put(GUESTS, `# mine\n${wide}`);
    await install(by, older);
    expect(areWide(text(GUESTS))).toBe(true);
    await install(by);
    expect(areWide(text(GUESTS))).toBe(false);
    expect(text(GUESTS)).toContain('\n  /{var/,}run/vmlane/guests/@{profile_name}/*.sock rw,\n');
    expect(text(GUESTS).startsWith(`# mine\n${wide}# begin`)).toBe(true);
  },
);

test('what others write around them stays', async () => {
  await install('setup');
  put(DAEMON, `# top\n${text(DAEMON)}# bottom\n`);
  put(GUESTS, `${text(GUESTS)}/y r,\n`);
  const { done, left } = await undoSetup();
  expect(left).toEqual([]);
  expect(done).toContain(`${GUESTS}: our lines taken out, others are in it`);
  expect([text(DAEMON), text(GUESTS)]).toEqual(['# top\n# ours\n/x r,\n# bottom\n', '/y r,\n']);
});

test('rules that somebody has edited stay, and it is told', async () => {
  await install('wrap');
  const edited = text(GUESTS).replace('/usr/bin/node', '/mine');
  put(GUESTS, edited);
  for (let i = 0; i < 2; i++) {
    const { left } = await removeRules(files);
    expect(left).toEqual([`${GUESTS}: our lines in it were changed since; left`]);
    expect([text(GUESTS), text(DAEMON)]).toEqual([edited, '# ours\n/x r,\n']);
  }
});

test("wrap uninstall leaves host setup's rules, and says whose they are", async () => {
  await install('setup');
  const written = text(DAEMON);
  const { left, notes } = await removeRules(files);
  expect(left).toEqual([]);
  expect(notes).toEqual([
    `${GUESTS}: host setup's rules stay; 'vmlane host setup --undo' takes them out`,
    `${DAEMON}: host setup's rules stay; 'vmlane host setup --undo' takes them out`,
  ]);
  expect(text(DAEMON)).toBe(written);
});

test('rules of 0.1, of which no journal tells, go', async () => {
  put(DAEMON, withBlock('# ours\n', 'qemu-wrap', '/old PUx,\n'));
  expect(rulesBack(files).map(({ after }) => after)).toEqual(['# ours\n']);
  expect(await removeRules(files)).toEqual({ left: [], notes: [] });
  expect(text(DAEMON)).toBe('# ours\n');
  expect(existsSync(join(root, JOURNAL))).toBe(false);
});

test("host setup's journal of 0.1, which has whole files, is read", async () => {
  const before = treeOf(root);
  const rights = { mode: 0o644, uid: 0, gid: 0 };
  const [old, fresh] = ['# ours\n/x r,\n', withBlock('', 'qemu-wrap', '/g r,\n')];
  const after = withBlock(old, 'qemu-wrap', '/d r,\n');
  const entries = [
    { kind: 'file', path: GUESTS, before: null, after: fresh, made: [dirname(GUESTS)] },
    { kind: 'file', path: DAEMON, before: { text: old, rights }, after, made: [] },
    { kind: 'command', undo: 'reload apparmor' },
  ];
  put(
    JOURNAL,
    JSON.stringify({ version: 1, made: ['/var', '/var/lib', dirname(JOURNAL)], entries }),
  );
  put(GUESTS, fresh);
  put(DAEMON, after);
  await install('wrap');
  await undoSetup();
  expect(text(DAEMON)).toContain('wrapper/* PUx');
  expect(await removeRules(files)).toEqual({ left: [], notes: [] });
  expect(treeOf(root)).toEqual(before);
});
