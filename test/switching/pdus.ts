/** A frame of each kind that may be on a wire. */
import { BROADCAST, frame, mac } from './frames.js';

/** From one guest of the tests to another. */
export const unicast = { to: mac(2), from: mac(1) };
export const MULTICAST = '01:00:5e:00:00:01';
const PAUSE = '01:80:c2:00:00:01';

/** PDUs of every kind, each once, with their names. */
const PDUS: [string, string][] = [
  ['untagged', frame({ ...unicast, seed: 1, length: 100 })],
  ['tagged', frame({ ...unicast, seed: 2, tags: [7] })],
  ['tagged 4095', frame({ ...unicast, seed: 3, tags: [4095] })],
  ['a tag per guest', frame({ ...unicast, seed: 4, tags: [1000] })],
  ['QinQ', frame({ ...unicast, seed: 5, tags: [{ type: 0x88a8, tci: 7 }, 8] })],
  ['three tags', frame({ ...unicast, seed: 6, tags: [1, 2, 3] })],
  ['a priority tag', frame({ ...unicast, seed: 7, tags: [{ type: 0x8100, tci: 0xe000 }] })],
  ['a tag behind it', frame({ ...unicast, seed: 8, tags: [{ type: 0x8100, tci: 0xe000 }, 7] })],
  ['cut within a tag', frame({ ...unicast, seed: 9, tags: [7], length: 16 })],
  ['from broadcast', frame({ to: mac(2), from: BROADCAST, seed: 10 })],
  ['from multicast', frame({ to: mac(2), from: MULTICAST, seed: 11 })],
  ['from nobody', frame({ to: mac(2), from: '00:00:00:00:00:00', seed: 12 })],
  ['to itself', frame({ to: mac(1), from: mac(1), seed: 13 })],
  ['to broadcast', frame({ to: BROADCAST, from: mac(1), seed: 14 })],
  ['to multicast', frame({ to: MULTICAST, from: mac(1), seed: 15 })],
  ['a pause', frame({ to: PAUSE, from: mac(1), type: 0x8808, seed: 16 })],
  ['a header alone', frame({ ...unicast, length: 14 })],
  ['the longest without a tag', frame({ ...unicast, seed: 17, length: 1514 })],
  ['the longest with two', frame({ ...unicast, seed: 18, tags: [7, 8], length: 1522 })],
  ['jumbo', frame({ ...unicast, seed: 19, length: 9000 })],
];
/** All of them. */
export const ALL = PDUS.map(([, one]) => one);
/** As a memif carries them in DPDK. */
export const SHORT = ALL.filter((one) => one.length <= 2 * 1522);
