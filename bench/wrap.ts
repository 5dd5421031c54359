/**
 * Measures what qemu-wrap adds to calling QEMU directly: `npm run bench:wrap`. Each round runs every
 * way once, so that a busy machine affects all of them. stdout has the table, stderr the progress.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../src/switch/paths.js';
import { fakeSwitch } from '../test/wrap/fake-switch.js';
import { alternating, type Called, measure, text } from './alternate.js';

const root = packageRoot();
const WRAPPER = `${root}/wrapper/qemu-wrap`;
const MAIN = `${root}/dist/wrap/main.mjs`;
const QEMU = '/usr/bin/qemu-system-x86_64';
const nic = (n: number) => [
  ...['-netdev', `{"type":"tap","fd":"${33 + n}","id":"hostnet${n}"}`],
  ...['-device', `{"driver":"virtio-net-pci","netdev":"hostnet${n}","id":"net${n}"}`],
];
const GUEST = ['-name', 'guest=bench', '-m', 'size=262144k', ...nic(0), ...nic(1)];
/** A guest is equal with and without the wrapper, and would only add noise; --version is asked by the wrapper. */
const EMULATOR = `#!/bin/sh
[ "$1" != --version ] || exec ${QEMU} --version
`;
const SETTINGS = `nics: virtio
memory: memfd
options: ["-no-user-config"]
guests:
  bench: {vhostOptions: ["-nodefaults"]}
`;

type Way = Called<'probe' | 'start' | 'node'>;

async function bench(rounds: number, json: boolean): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'vmlane-bench-'));
  const control = await fakeSwitch(join(folder, 'switch.sock'));
  try {
    await writeFile(join(folder, 'wrap.yaml'), SETTINGS);
    await writeFile(join(folder, 'empty.cjs'), '');
    await writeFile(join(folder, 'qemu'), EMULATOR, { mode: 0o755 });
    const own = { VMLANE_SWITCH: join(folder, 'switch.sock'), VMLANE_SOCKET_DIR: folder };
    const env = { PATH: process.env.PATH, LC_ALL: 'C', VMLANE_SETTINGS: '/nonexistent', ...own };
    const times = await measure(ways(folder), rounds, env);
    process.stdout.write(json ? `${JSON.stringify(times, null, 2)}\n` : text(times));
  } finally {
    await control.close();
    await rm(folder, { recursive: true });
  }
}

function ways(folder: string): Way[] {
  const set = { VMLANE_SETTINGS: folder };
  const emulator = join(folder, 'qemu');
  const start = { VMLANE_EMULATOR: emulator };
  const snapshot = ['--snapshot-blob', `${root}/dist/wrap/qemu-wrap.blob`];
  const node = process.execPath;
  return [
    { group: 'probe', name: 'QEMU', command: [QEMU, '-version'] },
    { group: 'probe', name: 'qemu-wrap', command: [WRAPPER, '-version'] },
    { group: 'probe', name: 'qemu-wrap, settings', command: [WRAPPER, '-version'], env: set },
    { group: 'start', name: 'emulator', command: [emulator, ...GUEST] },
    { group: 'start', name: 'qemu-wrap', command: [WRAPPER, ...GUEST], env: start },
    {
      group: 'start',
      name: 'qemu-wrap, settings',
      command: [WRAPPER, ...GUEST],
      env: { ...start, ...set },
    },
    { group: 'node', name: 'an empty program', command: [node, join(folder, 'empty.cjs')] },
    { group: 'node', name: 'one file', command: [node, MAIN, '0', WRAPPER, ...GUEST], env: start },
    {
      group: 'node',
      name: 'one file, settings',
      command: [node, MAIN, '0', WRAPPER, ...GUEST],
      env: { ...start, ...set },
    },
    {
      group: 'node',
      name: 'snapshot',
      command: [node, ...snapshot, '0', WRAPPER, ...GUEST],
      env: start,
    },
    {
      group: 'node',
      name: 'snapshot, settings',
      command: [node, ...snapshot, '0', WRAPPER, ...GUEST],
      env: { ...start, ...set },
    },
  ];
}

const USAGE = `Usage: npm run bench:wrap -- [OPTION]...
Measures what qemu-wrap adds to calling QEMU directly.

  --rounds N        rounds, 1-1000 (40)
  --nice N          niceness, -20-19 (0); below 0 where others work
  --json            print the figures as JSON
  --help
`;

await alternating({ name: 'bench:wrap', usage: USAGE, rounds: 40, bench });
