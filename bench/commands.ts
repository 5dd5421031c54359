/**
 * Measures what commands take, beside an empty Node program and virt-install: `npm run bench:commands`. libvirt is its test
 * driver, which is in the same process; with a daemon the answers come later. stdout has the table.
 */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { domainXml } from '../src/domain/index.js';
import { renderHook } from '../src/host/hook/file.js';
import { parseSpec } from '../src/spec/index.js';
import { packageRoot } from '../src/switch/paths.js';
import { alternating, type Called, measure, text } from './alternate.js';
import * as alike from './specs.js';

const root = packageRoot();
const GUESTS = 71;
const SPECS = 64;

const spec = (n: number) => `name: g${n}
memory: 64MiB
vcpus: 1
accel: tcg
boot: {kernel: /boot/vmlinuz, cmdline: pci=nomsi}
interfaces: [{type: vhost-user, vlan: 5}, {type: vhost-user, vlan: 6}]
`;

async function bench(rounds: number, json: boolean): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'vmlane-bench-'));
  try {
    const env = { PATH: process.env.PATH, LC_ALL: 'C', VMLANE_SWITCH: join(folder, 'switch.sock') };
    const times = await measure(await calls(folder), rounds, env);
    process.stdout.write(json ? `${JSON.stringify(times, null, 2)}\n` : text(times));
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function calls(folder: string): Promise<Called[]> {
  const specs = join(folder, 'specs');
  await mkdir(specs);
  for (let n = 0; n < SPECS; n++) await writeFile(join(specs, `g${n}.yaml`), spec(n));
  const guest = (n: number) => domainXml(parseSpec(spec(n), `g${n}.yaml`));
  const guests = Array.from({ length: GUESTS }, (_, n) =>
    guest(n).replace('type="qemu"', 'type="test"'),
  );
  await writeFile(join(folder, 'node.xml'), `<node>${guests.join('')}</node>`);
  await writeFile(join(folder, 'empty.cjs'), '');
  const settings = { switch: join(folder, 'switch.sock'), socketDirs: ['/run/vmlane/guests'] };
  const template = await readFile(join(root, 'templates/hook/qemu'), 'utf8');
  const main = join(root, 'dist/bin/hook.js');
  const hook = renderHook(template, { settings, node: process.execPath, main });
  await writeFile(join(folder, 'hook'), hook, { mode: 0o755 });
  const foreign = guest(0).replaceAll('vhostuser', 'bridge');
  const libvirt = ['--connect', `test://${join(folder, 'node.xml')}`];
  // virt-install requires it to exist.
  const disk = join(folder, 'bench.qcow2');
  await writeFile(disk, '');
  await writeFile(join(folder, 'bench.yaml'), alike.spec(disk));
  const vmlane = (words: string[], status = 0, group = 'node'): Called => ({
    group,
    name: words
      .filter((word) => !word.startsWith('test:'))
      .join(' ')
      .replaceAll(`${folder}/`, ''),
    command: [process.execPath, join(root, 'dist/bin/main.js'), ...words],
    status,
  });
  return [
    {
      group: 'node',
      name: 'an empty program',
      command: [process.execPath, join(folder, 'empty.cjs')],
    },
    vmlane(['--version']),
    // No switch is there.
    vmlane(['switch', 'ports'], 1),
    vmlane(['domain', 'generate', join(specs, 'g0.yaml')]),
    vmlane(['domain', 'list', ...libvirt]),
    vmlane(['domain', 'validate', specs, '--offline']),
    { group: 'hook', name: 'true', command: ['/bin/true'] },
    {
      ...{ group: 'hook', name: "hook, another's guest", input: foreign },
      command: [join(folder, 'hook'), 'g0', 'prepare', 'begin', '-'],
    },
    {
      ...{ group: 'spec', name: 'virt-install --print-xml, the same guest' },
      command: ['virt-install', ...alike.virtInstall(disk)],
    },
    vmlane(['domain', 'generate', join(folder, 'bench.yaml')], 0, 'spec'),
  ];
}

const USAGE = `Usage: npm run bench:commands -- [OPTION]...
Measures what commands take: ${GUESTS} guests in libvirt, ${SPECS} specs; and virt-install.

  --rounds N        rounds, 1-1000 (10)
  --nice N          niceness, -20-19 (0); below 0 where others work
  --json            print the figures as JSON
  --help
`;

await alternating({ name: 'bench:commands', usage: USAGE, rounds: 10, bench });
