import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { execa } from 'execa';
import { expect, it } from 'vitest';
import { PYTHON } from '../../lab/python.js';
import { patience } from '../../lab/slow.js';
import { openBench } from '../switching/bench.js';
import { BROADCAST, frame, mac } from '../switching/frames.js';
import { completed, header, tcpFrame } from '../switching/tcp.js';

const TAP = 'sum0';
const SCRIPT = new URL('wire.py', import.meta.url).pathname;

// DPDK's tap completes checksums by itself, so it stands for a NIC that does.
it('a checksum that a guest leaves to be done is done by the device, behind the tag', async () => {
  const folder = '/run/checksum-test';
  await mkdir(folder, { recursive: true });
  const { bench, end } = await openBench(folder, {
    vdev: `net_tap0,iface=${TAP}`,
    own: ['-p', '1', '--total-num-mbufs', '2048', '--tx-csum', '1'],
  });
  try {
    expect((await bench.client.info()).uplink).toMatchObject({ checksums: true });
    await execa('ip', ['link', 'set', TAP, 'up']);
    await bench.plug(['a'], { offloads: ['csum'] });
    const wire = spawn(PYTHON, [
      SCRIPT,
      TAP,
      frame({ to: mac(9), from: mac(8) }),
      '2',
      '3',
      String(patience(60_000) / 1000),
    ]);
    let heard = '';
    wire.stdout.on('data', (bytes) => {
      heard += bytes;
    });
    await once(wire.stderr, 'data'); // it hears
    const sent = [{ payload: 0 }, { payload: 999 }, { payload: 100, ipv6: true }].map((kind) =>
      tcpFrame({ ...kind, to: BROADCAST }),
    );
    for (const one of sent) {
      await bench.guests.send('a', [one.bytes.toString('hex')], { header: header(one) });
    }
    await once(wire, 'close');
    const tagged = (text: string) => `${text.slice(0, 24)}810003e8${text.slice(24)}`;
    const expected = sent.map((one) => tagged(completed(one)));
    expect(heard.split('\n').filter((line) => line.slice(24, 32) === '810003e8')).toEqual(expected);
    // The kernel sends frames of its own on a tap, without a tag.
    const { 'uplink tag_unknown': _, ...drops } = await bench.drops();
    expect(drops).toEqual({});
  } finally {
    await end();
  }
});
