import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Child } from './child.js';
import type { Sample } from './figures.js';
import { memif } from './generator.js';
import { parseForwarding } from './parse.js';
import { type Counting, conditions, nanoseconds, type Place, type Subject } from './subject.js';

const MEMORY_MIB = 512;

/**
 * DPDK's own forwarder without any look-up, `dpdk-testpmd --forward-mode=io`, between a guest and
 * the wire as the relay is. It counts the cycles of bursts that found packets, as the switch does.
 */
export async function testpmd(dpdk: string): Promise<Subject<Counting>> {
  await promisify(execFile)('which', ['dpdk-testpmd']);
  const version = `dpdk-testpmd of DPDK ${dpdk}, io`;
  return { name: 'testpmd', version, pages: MEMORY_MIB / 2, uplink: 'untagged', start };
}

/** The thread that forwards; the first one reads commands. */
const FORWARDING = 'rte-worker-1';

async function start(place: Place): Promise<Counting> {
  const sockets = [join(place.folder, 'a'), join(place.folder, 'wire')] as const;
  // Into a pipe it would write only blocks of 4 KiB.
  const child = new Child('stdbuf', ['-oL', 'dpdk-testpmd', ...words(sockets)], conditions(place));
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

function words([guest, wire]: readonly [string, string]): string[] {
  return [
    ...['--lcores', '0@0,1@0', '--no-pci', '--in-memory', '-m', String(MEMORY_MIB)],
    ...['--vdev', `net_vhost0,iface=${guest},queues=1`],
    ...['--vdev', `net_memif0,role=server,${memif(wire)}`, '--'],
    ...['-i', '--forward-mode=io', '--txd=1024', '--rxd=1024', '--no-mlockall'],
    ...['--total-num-mbufs=16384', '--disable-link-check'],
  ];
}
