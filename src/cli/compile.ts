/**
 * Keeps what V8 has compiled of the command line's bundle, for start.ts: `compile.js SCRIPTS FOLDER`, called by
 * setup/cli. Runs what many commands have in common, so that it is compiled; nothing is changed or asked
 * but a folder of its own and libvirt's test driver.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { bundleIn } from './bundle.js';
import type { Io } from './io.js';
import type * as program from './main.js';
import { addCompiled, bundle } from './pack.js';

const SPEC = `name: web
memory: 1GiB
vcpus: 2
boot: {kernel: /boot/vmlinuz, initrd: /boot/initrd.img, cmdline: console=ttyS0}
interfaces: [{type: vhost-user, vlan: 5}]
serials: [{file: /run/web.log}]
`;

/** Command lines, with what they read. */
function commands(folder: string): [string[], string?][] {
  const libvirt = ['--connect', 'test:///default'];
  const socket = ['--control-socket', join(folder, 'switch.sock')];
  const specs = join(folder, 'specs');
  mkdirSync(specs);
  for (const name of ['web', 'db']) {
    writeFileSync(join(specs, `${name}.yaml`), SPEC.replaceAll('web', name));
  }
  return [
    [['--version']],
    [['--help']],
    [['domain', 'generate', '-'], SPEC],
    [['domain', 'validate', '-', '--offline'], SPEC],
    [['domain', 'validate', specs, '--root', folder, ...libvirt]],
    [['domain', 'apply', '-f', specs, ...libvirt, ...socket]],
    [['domain', 'apply', '-f', specs, ...libvirt, ...socket]],
    [['domain', 'list', ...libvirt, ...socket]],
    [['domain', 'show', 'web', ...libvirt, ...socket]],
    [['host', 'check', '--root', folder]],
    [['switch', 'ports', ...socket]],
    [['switch', 'stats', ...socket]],
    [['sriov', 'list', '--root', folder]],
  ];
}

async function compile(from: string, into: string): Promise<void> {
  const names = readdirSync(from).filter((name) => name.endsWith('.js'));
  const read = (name: string) => readFileSync(join(from, name), 'latin1');
  const index = bundle(new Map(names.map((name) => [name, read(name)])), into);
  // What has not run for some time would be thrown away.
  setFlagsFromString('--no-flush-bytecode');
  const { scripts, load } = bundleIn(into);
  const { run } = load('main.js') as typeof program;
  const folder = mkdtempSync(join(tmpdir(), 'vmlane-compile-'));
  try {
    for (const [words, input = ''] of commands(folder)) await run(words, quiet(input));
  } finally {
    rmSync(folder, { recursive: true });
  }
  // V8 takes it only where its flags are the same.
  setFlagsFromString('--flush-bytecode');
  addCompiled(scripts, index, into);
  const again = bundleIn(into);
  again.load('main.js');
  if ([...again.scripts.values()].some(({ cachedDataRejected }) => cachedDataRejected !== false)) {
    throw new Error('V8 does not take what it has compiled');
  }
}

function quiet(input: string): Io {
  return {
    out: () => undefined,
    bytes: async () => true,
    err: () => undefined,
    stdin: async () => Buffer.from(input),
    env: { PATH: process.env.PATH },
    color: false,
    outIsTerminal: false,
    terminal: async () => undefined,
    unread: () => new AbortController().signal,
    interrupted: () => new AbortController().signal,
    held: (act) => act(new AbortController().signal),
  };
}

await compile(resolve(process.argv[2] ?? ''), resolve(process.argv[3] ?? ''));
