import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { Child } from './child.js';
import type { Sample } from './figures.js';
import { memif } from './generator.js';
import { parseForwarding } from './parse.js';
import {
  type Counting,
  conditions,
  nanoseconds,
  type Place,
  type Side,
  type Subject,
  sockets as socketsOf,
} from './subject.js';

const MEMORY_MIB = 512;

export type Sides = readonly [Side, Side];

/**
 * DPDK's own forwarder without any look-up, `dpdk-testpmd --forward-mode=io`, by default between a
 * guest and the wire as the relay is. It counts the cycles of bursts that found packets, as the switch does.
 */
export async function testpmd(
  dpdk: string,
  sides: Sides = ['guest', 'device'],
): Promise<Subject<Counting>> {
  await promisify(execFile)('which', ['dpdk-testpmd']);
  const version = `dpdk-testpmd of DPDK ${dpdk}, io`;
  return {
    ...{ name: 'testpmd', version, pages: MEMORY_MIB / 2, uplink: 'untagged' },
    start: (place) => start(place, sides),
  };
}

/** The thread that forwards; the first one reads commands. */
const FORWARDING = 'rte-worker-1';

async function start(place: Place, sides: Sides): Promise<Counting> {
  const sockets = socketsOf(place.folder, sides);
  // Into a pipe it would write only blocks of 4 KiB.
  const child = new Child(
    'stdbuf',
    ['-oL', 'dpdk-testpmd', ...words(sockets, sides)],
    conditions(place),
  );
  try {
    await child.says('testpmd>');
    child.write('set record-core-cycles on\nstart\n');
    await child.says('io packet forwarding');
    await child.waited(FORWARDING);
  } catch (error) {
    await child.end();
    throw error;
  }
  const sample = async (): Promise<Sample> => {
    child.take();
    child.write('show fwd stats all\n');
    const counted = await child.until('shown its counters', async () =>
      parseForwarding(child.output),
    );
    const time = nanoseconds();
    const { megahertz, ...counters } = counted;
    return {
      ...counters,
      ...{ time, tsc: (time / 1000) * megahertz },
      waited: await child.waited(FORWARDING),
    };
  };
  const stop = () => child.end(() => child.write('stop\nquit\n'));
  return { sockets, process: child, thread: FORWARDING, sample, stop };
}

function words(sockets: readonly [string, string], sides: Sides): string[] {
  const vdevs = sides.map((side, i) =>
    side === 'guest'
      ? `net_vhost${i},iface=${sockets[i]},queues=1`
      : `net_memif${i},role=server,${memif(sockets[i] as string)}`,
  );
  return [
    ...['--lcores', '0@0,1@0', '--no-pci', '--in-memory', '-m', String(MEMORY_MIB)],
    ...['--vdev', vdevs[0] as string, '--vdev', vdevs[1] as string, '--'],
    ...['-i', '--forward-mode=io', '--txd=1024', '--rxd=1024', '--no-mlockall'],
    ...['--total-num-mbufs=16384', '--disable-link-check'],
  ];
}
