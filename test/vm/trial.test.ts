/** `vmlane demo`, with the kernel and the busybox of the lab's guests: the world has none installed. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PARTS } from '../../lab/guest-image.js';
import { until } from '../../lab/poll.js';
import { patience } from '../../lab/slow.js';
import { strays } from '../../lab/strays.js';
import { packageRoot } from '../../src/switch/paths.js';
import { openKvm } from '../../src/system/os/kvm.js';

const MAIN = join(packageRoot(), 'dist/bin/main.js');
const GUESTS = [
  ...['--kernel', `${PARTS}/vmlinuz`, '--modules', `${PARTS}/modules`],
  ...['--busybox', `${PARTS}/busybox`],
];

let folder: string;
let before: string[];

/** All that a demo could leave behind in this world: files, taps and other links. */
async function traces(): Promise<string[]> {
  const { stdout: files } = await execa('find', [
    '/run',
    '/dev/shm',
    '-xdev',
    '-printf',
    '%p %M\n',
  ]);
  const { stdout: links } = await execa('ip', ['-brief', 'link']);
  return [...files.split('\n').sort(), links];
}

beforeAll(async () => {
  folder = await mkdtemp('/run/trial-');
  before = await traces();
});

afterAll(() => rm(folder, { recursive: true }));

async function nothingLeft(): Promise<void> {
  expect(await strays()).toEqual([]);
  expect(await traces()).toEqual(before);
}

function demo(words: string[], env: Record<string, string> = {}) {
  const all = ['demo', ...GUESTS, ...words];
  return execa(process.execPath, [MAIN, ...all], {
    env: { TMPDIR: folder, ...env },
    reject: false,
  });
}

test('two guests ping each other, and are gone; where KVM does not run them they are emulated', async () => {
  const emulator = join(folder, 'qemu');
  const script = `#!/bin/sh
case "$*" in *'-accel kvm'*) echo 'no KVM today' >&2; exit 1 ;; esac
exec /usr/bin/qemu-system-x86_64 "$@"
`;
  await writeFile(emulator, script, { mode: 0o755 });
  before = await traces();
  const ran = await demo(['--json'], { VMLANE_EMULATOR: emulator });
  expect(ran).toMatchObject({ exitCode: 0, stderr: '' });
  const { pings, steps, accelerator } = JSON.parse(ran.stdout);
  expect(accelerator).toBe('tcg');
  const five = { sent: 5, received: 5 };
  expect(pings).toMatchObject([
    { from: 'a', to: 'b', ...five },
    { from: 'b', to: 'a', ...five },
  ]);
  const said: string = steps.map(({ text }: { text: string }) => text).join('\n');
  expect(said).toMatch(/a\.net0 +up +switch .*\/run\/vmlane\/demo-\w+\/guests\/a\/net0\.sock/);
  expect(said).toContain('guest b: QEMU is process');
  expect(said.includes('no KVM today; now without KVM')).toBe(openKvm() === 'usable');
  await nothingLeft();
});

test.each(['$ vmlane switch start', 'both guests boot'])(
  'interrupted after "%s", it leaves nothing',
  async (line) => {
    const running = demo(['--accel', 'tcg']);
    let said = '';
    running.stdout?.on('data', (bytes) => {
      said += bytes;
    });
    const wait = { thing: 'demo', problem: `does not say "${line}"`, remedy: said, ms: 120_000 };
    await until(wait, async () => said.includes(line) || undefined);
    running.kill('SIGINT');
    const { exitCode, stderr, stdout } = await running;
    expect(stderr).toMatch(/^vmlane: demo: interrupted; nothing of it is left$/m);
    expect(exitCode).toBe(1);
    expect(stdout).not.toContain('done:');
    await nothingLeft();
  },
  patience(300_000),
);

test('without busybox one line says what to install, and nothing is begun', async () => {
  const words = ['demo', '--kernel', `${PARTS}/vmlinuz`, '--modules', `${PARTS}/modules`];
  const ran = await execa(process.execPath, [MAIN, ...words], { reject: false });
  expect(ran).toMatchObject({ exitCode: 2, stdout: '' });
  expect(ran.stderr).toMatch(
    /^vmlane: a static busybox: is not installed; .*; install it: apt-get install busybox-static$/,
  );
  await nothingLeft();
});

test('a guest that does not start is told, with what QEMU has said', async () => {
  const emulator = join(folder, 'qemu');
  await writeFile(emulator, '#!/bin/sh\necho no guest today >&2\nexit 3\n', { mode: 0o755 });
  const ran = await demo(['--accel', 'tcg'], { VMLANE_EMULATOR: emulator });
  expect(ran.exitCode).toBe(1);
  expect(ran.stderr).toMatch(/guest [ab]: QEMU ended \(exit code 3\): .*no guest today/);
  await rm(emulator);
  await writeFile(emulator, '', { mode: 0o755 });
  await nothingLeft();
});
