/** Checksums that a guest leaves to be completed, at places where they would overwrite what was checked. */
import { expect, it } from 'vitest';
import { useBench } from './bench.js';
import { BROADCAST, mac } from './frames.js';
import { arp, ipv4, neighbour } from './packets.js';

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

const A = { mac: mac(1), ip: '10.0.0.1', ip6: 'fd00::1' };
const B = { mac: mac(2), ip: '10.0.0.2', ip6: 'fd00::2' };

it('none is written into what a guard has read, by whoever completes it', async () => {
  const { client, guests } = bench();
  await bench().plug(['a'], { offloads: SENDS });
  await bench().plug(['completed'], {});
  await bench().plug(['agreed'], { offloads: ['guest_csum'] });
  const guards = { guards: 'ipv4,ipv6,arp,servers', ip_addresses: `${A.ip},${A.ip6}` };
  await client.setPort({ name: 'a', mac: A.mac, ...guards });
  const tcp = ipv4({ from: A, to: { ...B, mac: BROADCAST } });
  const spoofed: [frame: string, ...places: number[]][] = [
    // The source, and what says where the packet's parts are.
    [tcp, 14, 22, 26, 28],
    [arp({ from: A, asks: B.ip }), 22, 24, 28, 30],
    [neighbour({ from: A, target: A.ip6, mac: A.mac }), 22, 36, 56, 62, 76, 78, 80, 84],
  ];
  let refused = 0;
  for (const [one, ...places] of spoofed)
    for (const place of places) {
      // Behind an honest one, which a run would vouch for.
      await guests.send('a', [tcp], { header: header(34, 16) });
      expect(Object.keys(await bench().received()).sort()).toEqual(['agreed', 'completed']);
      await guests.send('a', [one], { header: header(14, place - 14) });
      refused++;
      expect(await bench().received(), `${one} at ${place}`).toEqual({});
      expect(await bench().drops()).toEqual({ 'a bad_offload': refused });
    }
});
