/** Bonds of two veths' near ends, and a bond of testpmd's at their far ends. Needs root. */
import { execa, execaSync } from 'execa';
import { until } from '../../lab/poll.js';
import { inFolder } from '../switch/folder.js';
import { type Bench, withBench } from './bench.js';
import { frame, mac } from './frames.js';
import { ip } from './tap.js';
import type { Veth } from './veth.js';

/** DPDK's name for what a bond is made of: another one from 23.11 on. */
const [YEAR = 0, MONTH = 0] = execaSync('pkg-config', ['--modversion', 'libdpdk'])
  .stdout.split('.')
  .map(Number);
export const MEMBER = YEAR > 23 || (YEAR === 23 && MONTH >= 11) ? 'member' : 'slave';

/** Its own frames go back to who sent them. */
export async function withTestpmd(
  veths: readonly Veth[],
  mode: number,
  use: (say: (...lines: string[]) => void) => Promise<void>,
): Promise<void> {
  const [first] = veths;
  // Both far ends in one namespace, which is the first one's.
  for (const { far } of veths.slice(1))
    await ip('-n', far.name, 'link', 'set', far.name, 'netns', first?.far.name ?? '');
  for (const { far } of veths) await ip('-n', first?.far.name ?? '', 'link', 'set', far.name, 'up');
  await inFolder(async (folder) => {
    const members = veths.map((_, i) => `net_af_packet${i}`);
    const vdevs = veths.map(({ far }, i) => `--vdev=${members[i]},iface=${far.name}`);
    const bond = `--vdev=net_bonding0,mode=${mode},${members.map((one) => `${MEMBER}=${one}`).join(',')}`;
    const words = [
      ...['-l', '0-1', '--no-huge', '-m', '256', '--no-pci', '--no-shconf', '--log-level=warning'],
      ...[`--file-prefix=bond-${process.pid}`, ...vdevs, bond, '--', '-i', '--no-lsc-interrupt'],
      ...['--port-topology=loop', '--total-num-mbufs=4096'],
    ];
    const testpmd = execa(
      'ip',
      ['netns', 'exec', first?.far.name ?? '', 'dpdk-testpmd', ...words],
      {
        reject: false,
        cwd: folder,
        stdin: 'pipe',
      },
    );
    try {
      const say = (...lines: string[]) => testpmd.stdin.write(`${lines.join('\n')}\n`);
      say(`set portlist ${veths.length}`);
      await use(say);
    } finally {
      testpmd.stdin.end('stop\nquit\n');
      await testpmd;
    }
  });
}

export function withBond(
  veths: readonly Veth[],
  mode: number,
  use: (bench: Bench) => Promise<void>,
): Promise<void> {
  const members = veths.map(({ near }, i) => `net_af_packet${i},iface=${near}`).join('+');
  const own = ['--device', `b=bond:mode=${mode},members=${members}`];
  return withBench(use, { own, memory: 256 });
}

export async function bondOf({ client }: Bench) {
  return (await client.info()).devices?.find(({ of }) => of === 'b');
}

/** Until so many members carry frames. The guest sends meanwhile, as testpmd says nothing by itself. */
export async function isWhole(bench: Bench, count: number): Promise<void> {
  const wait = { thing: 'bond', problem: 'has not come up', remedy: 'see the log', ms: 120_000 };
  await until(wait, async () => {
    await bench.guests.send('a', [frame({ to: mac(9), from: mac(1), seed: 2, length: 100 })]);
    const { members = [] } = (await bondOf(bench)) ?? {};
    return members.filter(({ active }) => active).length === count || undefined;
  });
}

/** A frame that the far end sends back, which takes as long as it needs to be ready. */
export async function comesBack(bench: Bench, name: string): Promise<void> {
  const own = mac(1);
  const other = mac(9);
  const sent = frame({ to: other, from: own, seed: 1, length: 100 });
  const back = frame({ to: own, from: other, seed: 1, length: 100 });
  const wait = { thing: 'frame', problem: 'does not come back', remedy: 'see stats', ms: 60_000 };
  await until(wait, async () => {
    await bench.guests.send(name, [sent]);
    return (await bench.received())[name]?.includes(back) || undefined;
  });
}
