import { describe, expect, it } from 'vitest';
import { Capturing } from '../switch/captured.js';
import { type Bench, useBench, withBench } from './bench.js';
import { BROADCAST, frame, mac } from './frames.js';
import type { GuestOptions } from './guests.js';
import { completed, header, segments, type TcpFrame, tcpFrame } from './tcp.js';

const NONE = '00'.repeat(10);
const VALID = `02${'00'.repeat(9)}`;
const SENDS = ['csum', 'host_tso4', 'host_tso6'];
const TAKES = ['guest_csum', 'guest_tso4', 'guest_tso6'];
/** 64 KiB and its headers in one buffer; sixteen of them are what a ring's memory holds. */
const LARGE = { size: 16, buffer: 66_000 };

const shared = useBench({ own: ['--tso', '1', '--mergeable', '0'] });

function on(test: (bench: Bench) => Promise<void>): Promise<void> {
  return test(shared());
}

/** With both addresses learned, so that nothing is flooded. */
async function pair(bench: Bench, a: GuestOptions, b: GuestOptions): Promise<void> {
  await bench.plug(['a'], a);
  await bench.plug(['b'], b);
  await bench.guests.send('a', [frame({ to: BROADCAST, from: mac(1) })]);
  await bench.guests.send('b', [frame({ to: mac(1), from: mac(2) })]);
  await bench.received();
}

const layouts: [string, GuestOptions][] = [
  ['split rings', {}],
  ['packed rings', { packed: true }],
  ['indirect', { indirect: true }],
  ['the header before virtio 1.0', { legacy: true }],
];
const frames = [{ ipv6: false }, { ipv6: true }, { tag: 7 }, { ipv6: true, tag: 7 }];

describe.each(layouts)('%s', (_, layout) => {
  it.each(frames)(
    'a partial checksum stays for who agreed, and is completed for others: %j',
    (kind) =>
      on(async (bench) => {
        const { guests } = bench;
        await pair(bench, { ...layout, offloads: SENDS }, { ...layout, offloads: ['guest_csum'] });
        await bench.plug(['c'], layout);
        for (const payload of [0, 1, 9, 10, 11, 1000]) {
          const known = tcpFrame({ ...kind, payload });
          const flooded = tcpFrame({ ...kind, payload, to: BROADCAST });
          await guests.send('a', [known.bytes.toString('hex')], { header: header(known) });
          expect(await guests.receiveWithHeaders()).toEqual(
            'tag' in kind
              ? {
                  b: [header(known) + known.bytes.toString('hex')],
                  c: [NONE + completed(known)],
                }
              : { b: [header(known) + known.bytes.toString('hex')] },
          );
          await guests.send('a', [flooded.bytes.toString('hex')], { header: header(flooded) });
          expect(await guests.receiveWithHeaders()).toEqual({
            b: [header(flooded) + flooded.bytes.toString('hex')],
            c: [NONE + completed(flooded)],
          });
        }
        expect(await bench.drops()).toEqual({});
      }),
  );

  it.each(frames)('20 kB to be cut stay whole for who agreed: %j', (kind) =>
    on(async (bench) => {
      const { guests } = bench;
      await pair(bench, { ...layout, offloads: SENDS }, { ...layout, ...LARGE, offloads: TAKES });
      const large = tcpFrame({ ...kind, payload: 20_000 });
      const text = large.bytes.toString('hex');
      for (const piece of [0, 4096]) {
        await guests.send('a', [text], { header: header(large, 1400), piece });
        expect(await guests.receiveWithHeaders()).toEqual({ b: [header(large, 1400) + text] });
      }
      expect(await bench.drops()).toEqual({});
      expect(await bench.stats('b')).toMatchObject({ tx_packets: 3 });
    }),
  );

  it.each(frames)('20 kB are cut for who takes checksums only, or nothing: %j', (kind) =>
    on(async (bench) => {
      const { guests } = bench;
      await pair(bench, { ...layout, offloads: SENDS }, { ...layout, offloads: ['guest_csum'] });
      await bench.plug(['c'], layout);
      const large = tcpFrame({ ...kind, payload: 20_001, to: BROADCAST });
      const cut = segments(large, 1400);
      expect(cut).toHaveLength(15);
      for (const piece of [0, 4096, 333]) {
        await guests.send('a', [large.bytes.toString('hex')], {
          header: header(large, 1400),
          piece,
        });
        expect(await guests.receiveWithHeaders()).toEqual({
          b: cut.map((one) => VALID + one),
          c: cut.map((one) => NONE + one),
        });
      }
      expect(await bench.drops()).toEqual({});
    }),
  );
});

/** The same frame behind a tag. */
function withTag({ bytes, network, tcp, data, ...rest }: TcpFrame, vlan: number): TcpFrame {
  const tag = Buffer.from([0x81, 0x00, vlan >> 8, vlan & 255]);
  const tagged = Buffer.concat([bytes.subarray(0, 12), tag, bytes.subarray(12)]);
  return { ...rest, bytes: tagged, network: network + 4, tcp: tcp + 4, data: data + 4 };
}

it.each([true, false])(
  'one checksum serves all who get a flooded frame, with a tag or without (plain: %s)',
  (plain) =>
    on(async (bench) => {
      const trunk = { mode: 'trunk', trunks: '7' } as const;
      await bench.plug(['a'], { vlan: 7, offloads: SENDS });
      await bench.plug(['b'], { vlan: 7, offloads: ['guest_csum'] });
      if (plain) await bench.plug(['c', 'd'], { vlan: 7 });
      await bench.plug(['t'], { ...trunk, offloads: ['guest_csum'] });
      await bench.plug(['u', 'v'], trunk);
      for (const payload of [0, 11, 1000]) {
        const sent = tcpFrame({ payload, to: BROADCAST });
        const tagged = withTag(sent, 7);
        await bench.guests.send('a', [sent.bytes.toString('hex')], { header: header(sent) });
        const whole = NONE + completed(sent);
        const wholeTagged = NONE + completed(tagged);
        expect(await bench.guests.receiveWithHeaders()).toEqual({
          b: [header(sent) + sent.bytes.toString('hex')],
          ...(plain && { c: [whole], d: [whole] }),
          t: [header(tagged) + tagged.bytes.toString('hex')],
          ...{ u: [wholeTagged], v: [wholeTagged] },
        });
      }
      expect(await bench.drops()).toEqual({});
    }),
);

it('more segments than a burst holds arrive in order, between other frames', () =>
  on(async (bench) => {
    await pair(bench, { offloads: SENDS }, { size: 256 });
    const large = tcpFrame({ payload: 64_000 });
    const cut = segments(large, 400);
    expect(cut).toHaveLength(160);
    await bench.guests.send('a', [large.bytes.toString('hex')], { header: header(large, 400) });
    const small = [1, 2].map((seed) => frame({ to: mac(2), from: mac(1), seed }));
    await bench.guests.send('a', small);
    expect(await bench.received()).toEqual({ b: [...cut, ...small] });
    expect(await bench.stats('a')).toMatchObject({ rx_packets: 4 });
    expect(await bench.stats('b')).toMatchObject({ tx_packets: 163 });
    // A full ring costs segments, each counted.
    await bench.plug(['c'], { size: 8 });
    const flooded = tcpFrame({ payload: 64_000, to: BROADCAST });
    await bench.guests.send('a', [flooded.bytes.toString('hex')], { header: header(flooded, 520) });
    expect((await bench.received()).c).toEqual(segments(flooded, 520).slice(0, 8));
    expect(await bench.drops()).toEqual({ 'c ring_full': 116 });
  }));

it('segments finer than anybody wants them are refused, where all get them sooner', () =>
  on(async (bench) => {
    await pair(bench, { offloads: SENDS }, { size: 256 });
    const known = tcpFrame({ payload: 9000 });
    const flooded = tcpFrame({ payload: 9000, to: BROADCAST });
    const send = (one: typeof known, size: number) =>
      bench.guests.send('a', [one.bytes.toString('hex')], { header: header(one, size) });
    await send(known, 48);
    expect(await bench.received()).toEqual({ b: segments(known, 48) });
    await send(flooded, 72);
    expect(await bench.received()).toEqual({ b: segments(flooded, 72) });
    expect(await bench.drops()).toEqual({});
    await send(known, 47);
    await send(flooded, 70);
    expect(await bench.received()).toEqual({});
    expect(await bench.drops()).toEqual({ 'a too_fine': 2 });
  }));

it('who agreed but has no room for it gets segments', () =>
  on(async (bench) => {
    await pair(bench, { offloads: SENDS }, { offloads: TAKES });
    const large = tcpFrame({ payload: 20_000 });
    await bench.guests.send('a', [large.bytes.toString('hex')], { header: header(large, 1400) });
    const expected = segments(large, 1400).map((one) => VALID + one);
    expect(await bench.guests.receiveWithHeaders()).toEqual({ b: expected });
    expect(await bench.drops()).toEqual({});
  }));

it('segments longer than a frame may be are refused, as frames are', () =>
  on(async (bench) => {
    await pair(bench, { offloads: SENDS }, { ...LARGE, offloads: TAKES });
    const large = tcpFrame({ payload: 20_000 });
    const send = (size: number) =>
      bench.guests.send('a', [large.bytes.toString('hex')], { header: header(large, size) });
    await send(1522 - 54 + 1);
    expect(await bench.received()).toEqual({});
    await send(1522 - 54);
    expect(await bench.received()).toEqual({ b: [large.bytes.toString('hex')] });
    expect(await bench.drops()).toEqual({ 'a too_long': 1 });
  }));

it('lies are dropped and counted, and do not stick to other frames', () =>
  on(async (bench) => {
    await pair(bench, { offloads: ['csum', 'host_tso4'] }, { ...LARGE, offloads: TAKES });
    const good = tcpFrame({ payload: 3000 });
    const text = good.bytes.toString('hex');
    const lies = [
      `01${'00'.repeat(5)}0000${'1000'}`,
      `01${'00'.repeat(5)}ffff${'1000'}`,
      `01${'00'.repeat(5)}2200${'ffff'}`,
      header({ ...good, tcp: 35 }, 1000),
      header({ ...good, tcp: 14 }, 1000),
      header(good, 1000).replace(/^01/, '00'),
      // UDP, ECN, and IPv6, which this one has not negotiated.
      header(good, 1000).replace(/^0101/, '0103'),
      header(good, 1000).replace(/^0101/, '0181'),
      header(good, 1000).replace(/^0101/, '0104'),
    ];
    for (const header of lies) await bench.guests.send('a', [text, text], { header });
    expect(await bench.received()).toEqual({});
    expect(await bench.drops()).toEqual({ 'a bad_offload': 2 * lies.length });
    await bench.guests.send('a', [text], { header: header(good, 1000) });
    expect(await bench.received()).toEqual({ b: [text] });
  }));

it('headers of who negotiated nothing say nothing', () =>
  on(async (bench) => {
    await pair(bench, {}, { ...LARGE, offloads: TAKES });
    const one = tcpFrame({ payload: 1000 });
    const text = one.bytes.toString('hex');
    await bench.guests.send('a', [text], { header: header(one, 500) });
    expect(await bench.guests.receiveWithHeaders()).toEqual({ b: [NONE + text] });
  }));

it.each([
  { own: [], offered: 0 },
  { own: ['--tx-csum', '1'], offered: 0x3 },
  { own: ['--tso', '1'], offered: 0x1983 },
])('what is offered: %j', ({ own, offered }) =>
  withBench(
    async (bench) => {
      await bench.plug(['a'], { offloads: [...SENDS, ...TAKES] });
      const [port] = await bench.client.ports();
      // Bits 0, 1 (checksums), 7, 8, 11, 12 (segmentation) of the features.
      expect(Number(BigInt(port?.features ?? '') & 0x7fffn)).toBe(offered);
      const { tx_csum, tso } = await bench.client.info();
      expect({ tx_csum, tso }).toEqual({ tx_csum: offered > 0, tso: offered > 3 });
    },
    { own },
  ),
);

it.each([
  { own: [], offers: true },
  { own: ['--features-off', '400000000'], offers: false },
])('a feature that is off is neither told nor taken: %j', ({ own, offers }) =>
  withBench(
    async (bench) => {
      await bench.plug(['a'], { packed: true });
      const packed = (mask: string | undefined) => (BigInt(mask ?? '') >> 34n) & 1n;
      const [port] = await bench.client.ports();
      const { features } = await bench.client.info();
      expect(packed(port?.features)).toBe(offers ? 1n : 0n);
      expect(packed(features)).toBe(offers ? 1n : 0n);
      // What a guest has was offered.
      expect(BigInt(port?.features ?? '') & ~BigInt(features ?? '')).toBe(0n);
    },
    { own },
  ),
);

it.each([false, true])('mergeable buffers take 64 KiB whole (packed: %s)', (packed) =>
  withBench(
    async (bench) => {
      const all = { packed, mergeable: true, offloads: [...SENDS, ...TAKES] };
      await pair(bench, all, all);
      const large = tcpFrame({ payload: 65_495 });
      const text = large.bytes.toString('hex');
      await bench.guests.send('a', [text, text], { header: header(large, 1448), piece: 4096 });
      const whole = header(large, 1448) + text;
      expect(await bench.guests.receiveWithHeaders()).toEqual({ b: [whole, whole] });
      expect(await bench.drops()).toEqual({});
    },
    { own: ['--tso', '1', '--mergeable', '1'] },
  ),
);

it('a capture shows frames as they were sent, and as they were delivered', () =>
  on(async (bench) => {
    await pair(bench, { offloads: SENDS }, {});
    const capturing = await Capturing.begin(bench.client);
    const large = tcpFrame({ payload: 3000 });
    await bench.guests.send('a', [large.bytes.toString('hex')], { header: header(large, 1000) });
    const { frames } = await capturing.end();
    const of = (name: string) =>
      frames.filter(({ port }) => port === name).map(({ length }) => length);
    expect(of('a')).toEqual([3054]);
    expect(of('b')).toEqual([1054, 1054, 1054]);
  }));
