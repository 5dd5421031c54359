/** Speed of converting a spec to domain XML, compared with virt-install for the same guest. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { getPriority, setPriority, tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { domainXml } from '../src/domain/index.js';
import { parseSpec } from '../src/spec/index.js';
import { packageRoot } from '../src/switch/paths.js';
import { Failed } from '../src/values/errors.js';
import { spread } from './figures.js';
import type { Report } from './report.js';
import type { Part, Step } from './steps.js';

/** A guest with two NICs. */
export const spec = (disk: string) => `name: bench
memory: 1GiB
vcpus: 2
accel: tcg
disks:
  - file: ${disk}
interfaces:
  - {type: network, network: default, mac: '52:54:00:00:00:01'}
  - {type: bridge, bridge: br0, mac: '52:54:00:00:00:02', queues: 2}
agent: true
`;

/** Words of virt-install for the same guest. Its connection is libvirt's test driver: without a daemon, it is faster. */
export const virtInstall = (disk: string) => [
  ...['--connect', 'test:///default', '--print-xml', '--import', '--name', 'bench'],
  ...['--memory', '1024', '--vcpus', '2'],
  ...['--disk', `${disk},bus=virtio,format=qcow2`, '--check', 'all=off'],
  ...['--network', 'network=default,model=virtio,mac=52:54:00:00:00:01'],
  ...['--network', 'bridge=br0,model=virtio,mac=52:54:00:00:00:02,driver.queues=2'],
  ...['--channel', 'unix,target.type=virtio,target.name=org.qemu.guest_agent.0'],
  ...['--graphics', 'none', '--osinfo', 'detect=off,require=off'],
];

/** Domains per call of the library: enough for the clock. */
const CALLS = 500;

interface Conditions {
  rounds: number;
  nice: number;
  signal: AbortSignal;
}

type Way = [name: string, seconds: (file: string, disk: string) => Promise<number>];

/** Each round runs every way once. */
export function specsPart({ rounds, nice, signal }: Conditions, report: Report): Part {
  const main = `${packageRoot()}/dist/bin/main.js`;
  const generate = (file: string) => [main, 'domain', 'generate', file];
  const ways: Way[] = [
    ['library', async (_, disk) => library(spec(disk))],
    ['vmlane domain generate', (file) => printed(process.execPath, generate(file), signal)],
    ['virt-install --print-xml', (_, disk) => printed('virt-install', virtInstall(disk), signal)],
  ];
  const times = new Map<string, number[]>(ways.map(([name]) => [name, []]));
  const steps: Step[] = [];
  for (let round = 1; round <= rounds; round++) {
    for (const way of ways) {
      const [name] = way;
      steps.push({
        what: `specs, round ${round}, ${name}`,
        run: async () => {
          const seconds = await inPlace(way, nice);
          times.get(name)?.push(1 / seconds);
          report.specs = [...times].flatMap(([one, all]) =>
            all.length > 0 ? [{ name: one, perSecond: spread(all) }] : [],
          );
          return `${(seconds * 1000).toFixed(1)} ms a domain`;
        },
      });
    }
  }
  return { pages: 0, steps };
}

/** Runs with the files that a way reads, at the measurement's niceness. */
async function inPlace([, way]: Way, nice: number): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'vmlane-specs-'));
  const before = getPriority();
  setPriority(nice);
  try {
    const file = join(folder, 'bench.yaml');
    // virt-install requires it to exist.
    const disk = join(folder, 'bench.qcow2');
    await writeFile(disk, '');
    await writeFile(file, spec(disk));
    return await way(file, disk);
  } finally {
    setPriority(before);
    await rm(folder, { recursive: true });
  }
}

/** Seconds of one domain: parsed, checked and written. */
function library(text: string): number {
  // The first calls run cold code.
  for (let i = 0; i < CALLS; i++) domainXml(parseSpec(text, 'bench'));
  const begin = performance.now();
  for (let i = 0; i < CALLS; i++) domainXml(parseSpec(text, 'bench'));
  return (performance.now() - begin) / 1000 / CALLS;
}

/** Seconds of one process that prints a domain. */
async function printed(program: string, words: string[], signal: AbortSignal): Promise<number> {
  const begin = performance.now();
  const ran = await execa(program, words, { stdin: 'ignore', reject: false, cancelSignal: signal });
  const seconds = (performance.now() - begin) / 1000;
  signal.throwIfAborted();
  if (ran.exitCode === 0 && ran.stdout.includes('<name>bench</name>')) return seconds;
  const problem = ran.code === 'ENOENT' ? 'is not installed' : `said: ${ran.stderr.trim()}`;
  throw new Failed({ thing: program, problem, remedy: 'npm run setup installs what is needed' });
}
