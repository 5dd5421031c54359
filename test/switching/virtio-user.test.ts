import { afterEach, expect, it } from 'vitest';
import { reserveAlone } from '../../lab/huge-pages.js';
import { vmlane } from '../cli/test-io.js';
import { withBench } from './bench.js';
import { mac } from './frames.js';
import { swapsMacs } from './macswap.js';

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
    const started = ['sh', '-c', 'umask 0; exec "$0" "$@"', 'dpdk-testpmd', '-l', '0-1'];
    await swapsMacs(bench, [...started, '-m', String(MEMORY_MIB), ...own]);
  });
});
