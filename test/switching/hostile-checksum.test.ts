/** Checksums that a guest leaves to be completed, at places where they would overwrite what was checked. */
import { expect, it } from 'vitest';
import { useBench } from './bench.js';
import { BROADCAST, mac } from './frames.js';

const SENDS = ['csum', 'host_tso4', 'host_tso6'];
const bench = useBench({ own: ['--tx-csum', '1'] });

/** A virtio-net header that asks for a checksum. */
function header(start: number, offset: number): string {
  const bytes = Buffer.alloc(10);
  bytes[0] = 1;
  bytes.writeUInt16LE(start, 6);
  bytes.writeUInt16LE(offset, 8);
  return bytes.toString('hex');
}

const macHex = (text: string) => text.replaceAll(':', '');

/** A frame whose bytes from 14 on sum up to `sum`; its type and the bytes behind it are given. */
function summing(sum: number, type: string, begin: string): string {
  const words = begin.match(/.{4}/g) ?? [];
  const all = words.reduce((before, word) => before + Number.parseInt(word, 16), 0);
  const filler = ((((sum - all) % 0xffff) + 0xffff) % 0xffff).toString(16).padStart(4, '0');
  return `${macHex(BROADCAST)}${macHex(mac(1))}${type}${begin}${filler}`.padEnd(128, '0');
}

it('none is written into a tag, nor into an address behind one that is taken off', async () => {
  const { client, guests } = bench();
  await bench().plug(['access'], { vlan: 10, offloads: SENDS });
  await bench().plug(['trunk'], { mode: 'trunk', trunks: '10', offloads: SENDS });
  await bench().plug(['uplink'], { mode: 'trunk', trunks: '10,20' });
  await bench().plug(['other'], { vlan: 10 });
  expect(await client.ports()).toHaveLength(4);
  // VLAN 20 where the tag of VLAN 10 was, by way of a tag of VLAN 0, and of that of a trunk.
  await guests.send('access', [summing(0xffeb, '8100', '000a0800')], { header: header(14, 0) });
  await guests.send('trunk', [summing(0xffeb, '8100', '000a0800')], { header: header(14, 0) });
  // One more tag, where there was a type.
  await guests.send('access', [summing(0x7eff, '8100', '000a0800')], { header: header(14, 2) });
  // Four bytes less, and it is the sender's address.
  for (const offset of [0, 1, 2, 3])
    await guests.send('trunk', [summing(0xffeb, '8100', '000a0800')], {
      header: header(14, offset),
    });
  expect(await bench().received()).toEqual({});
  expect(await bench().drops()).toEqual({ 'access bad_offload': 2, 'trunk bad_offload': 5 });
});
