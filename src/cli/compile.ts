/**
 * Keeps what V8 has compiled of the command line's bundle, for start.ts: `compile.js FOLDER`, called by
 * setup/cli. Runs what many commands have in common, so that it is compiled; nothing is changed or asked
 * but a folder of its own and libvirt's test driver.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { bundleIn, compiledIn } from './bundle.js';
import type { Io } from './io.js';
import type * as program from './main.js';

const SPEC = `name: web
memory: 1GiB
vcpus: 2
boot: {kernel: /boot/vmlinuz, initrd: /boot/initrd.img, cmdline: console=ttyS0}
interfaces: [{type: vhost-user, mac: "52:54:00:12:34:56", vlan: 5}]
serials: [{file: /run/web.log}]
`;

/** Command lines, with what they read. */
function commands(folder: string): [string[], string?][] {
  const libvirt = ['--connect', 'test:///default'];
  return [
    [['--version']],
    [['--help']],
    [['domain', 'generate', '-'], SPEC],
    [['domain', 'validate', '-', '--offline'], SPEC],
    [['domain', 'list', ...libvirt]],
    [['host', 'check', '--root', folder]],
    [['switch', 'ports', '--control-socket', join(folder, 'switch.sock')]],
  ];
}

async function compile(into: string): Promise<void> {
  // What has not run for some time would be thrown away.
  setFlagsFromString('--no-flush-bytecode');
  const { script, evaluate } = bundleIn(into);
  const { run } = evaluate() as typeof program;
  const folder = mkdtempSync(join(tmpdir(), 'vmlane-compile-'));
  try {
    for (const [words, input = ''] of commands(folder)) await run(words, quiet(input));
  } finally {
    rmSync(folder, { recursive: true });
  }
  // V8 takes it only where its flags are the same.
  setFlagsFromString('--flush-bytecode');
  writeFileSync(compiledIn(into), script.createCachedData());
}

function quiet(input: string): Io {
  return {
    out: () => undefined,
    err: () => undefined,
    stdin: async () => Buffer.from(input),
    env: { PATH: process.env.PATH },
    color: false,
    interrupted: () => new AbortController().signal,
    held: (act) => act(new AbortController().signal),
  };
}

const folder = resolve(process.argv[2] ?? '');
await compile(folder);
if (bundleIn(folder).script.cachedDataRejected !== false) {
  throw new Error('V8 does not take what it has compiled');
}
