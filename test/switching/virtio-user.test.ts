/** A program of DPDK is the guest of a port, by the words that `vmlane switch add` prints. */
import { execa } from 'execa';
import { afterEach, expect, it } from 'vitest';
import { reserveAlone } from '../../lab/huge-pages.js';
import { until } from '../../lab/poll.js';
import { patience } from '../../lab/slow.js';
import { vmlane } from '../cli/test-io.js';
import { withBench } from './bench.js';
import { frame, mac } from './frames.js';

const MEMORY_MIB = 128;
let release: (() => Promise<void>) | undefined;
afterEach(() => release?.());

it.each(['switch', 'qemu'])('with listener %s, it sends back what it gets', async (listener) => {
  const pages = await reserveAlone(MEMORY_MIB / 2);
  release = () => pages.release();
  expect(pages.shortage).toBe('');
  await withBench(async (bench) => {
    await bench.plug(['a'], { listen: false });
    const port = ['c', '--path', bench.path('c'), '--mac', mac(9), '--listener', listener];
    const at = ['--control-socket', bench.one.socket];
    const { status, out } = await vmlane(['switch', 'add', ...port, ...at, '--virtio-user']);
    expect(status).toBe(0);
    const own = out.trim().split(' ');
    // The switch, which may be another user, must be able to dial.
    const testpmd = execa(
      'sh',
      [
        '-c',
        'umask 0; exec "$0" "$@"',
        'dpdk-testpmd',
        '-l',
        '0-1',
        '-m',
        String(MEMORY_MIB),
        ...own,
        '--',
        '-i',
        '--total-num-mbufs=2048',
      ],
      {
        stdin: 'pipe',
        reject: false,
        all: true,
        timeout: patience(120_000),
        killSignal: 'SIGKILL',
      },
    );
    testpmd.stdin.write('set fwd macswap\nstart\n');
    const wait = {
      thing: 'frame',
      problem: 'does not come back',
      remedy: 'see stats',
      ms: 60_000,
    };
    const sent = frame({ to: mac(9), from: mac(1), seed: 1, length: 100 });
    const back = frame({ to: mac(1), from: mac(9), seed: 1, length: 100 });
    const came = await until(wait, async () => {
      if (testpmd.exitCode !== null) return false;
      await bench.guests.send('a', [sent]);
      return (await bench.received()).a?.includes(back) || undefined;
    }).catch((error: Error) => error.message);
    testpmd.stdin.end('stop\nquit\n');
    const { all: said } = await testpmd;
    expect(came, said).toBe(true);
  });
});
