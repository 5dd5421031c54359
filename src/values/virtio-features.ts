/** Virtio's features of network cards: bits, and names as QEMU's properties have them. */
import { InvalidInput } from './errors.js';

/** Source: virtio 1.3, 5.1.3 and 6; 26 and 30 are vhost's. Names: QEMU's `virtio-net-pci` and Linux' feature words. */
const BITS: Readonly<Record<string, number>> = {
  csum: 0,
  guest_csum: 1,
  ctrl_guest_offloads: 2,
  mtu: 3,
  mac: 5,
  gso: 6,
  guest_tso4: 7,
  guest_tso6: 8,
  guest_ecn: 9,
  guest_ufo: 10,
  host_tso4: 11,
  host_tso6: 12,
  host_ecn: 13,
  host_ufo: 14,
  mrg_rxbuf: 15,
  status: 16,
  ctrl_vq: 17,
  ctrl_rx: 18,
  ctrl_vlan: 19,
  guest_announce: 21,
  mq: 22,
  ctrl_mac_addr: 23,
  notify_on_empty: 24,
  log_all: 26,
  any_layout: 27,
  indirect_desc: 28,
  event_idx: 29,
  protocol_features: 30,
  version_1: 32,
  iommu_platform: 33,
  packed: 34,
  in_order: 35,
  order_platform: 36,
  notification_data: 38,
  guest_uso4: 54,
  guest_uso6: 55,
  host_uso: 56,
  hash_report: 57,
  guest_hdrlen: 59,
  rss: 60,
  rsc_ext: 61,
  standby: 62,
  speed_duplex: 63,
};
const NAMES = new Map(Object.entries(BITS).map(([name, bit]) => [bit, name]));

/** Without these no guest can migrate, or be served at all; the switch refuses to do without. */
const NEEDED = ['log_all', 'protocol_features', 'version_1'];
/** Those that a switch may be told not to offer. */
export const OPTIONAL_FEATURES = Object.keys(BITS).filter((name) => !NEEDED.includes(name));

/** The features of a mask in hexadecimal, lowest bit first; unknown ones as `bit 52`. */
export function featureNames(mask: string): string[] {
  const bits = BigInt(mask);
  const set = Array.from({ length: 64 }, (_, bit) => bit).filter(
    (bit) => (bits >> BigInt(bit)) & 1n,
  );
  return set.map((bit) => NAMES.get(bit) ?? `bit ${bit}`);
}

/** What the first mask has and the second lacks, by name. Both in hexadecimal. */
export function lackingFeatures(wanted: string, offered: string): string[] {
  return featureNames(`0x${(BigInt(wanted) & ~BigInt(offered)).toString(16)}`);
}

/** The mask of features in one word, `packed,in_order`. @throws InvalidInput */
export function featureMask(word: string, thing: string): string {
  let mask = 0n;
  for (const name of word.split(',')) {
    const bit = OPTIONAL_FEATURES.includes(name) ? BITS[name] : undefined;
    if (bit === undefined) throw noFeature(name, thing);
    mask |= 1n << BigInt(bit);
  }
  return `0x${mask.toString(16)}`;
}

function noFeature(name: string, thing: string): InvalidInput {
  return NEEDED.includes(name)
    ? new InvalidInput({
        thing,
        problem: `no guest can do without ${name}`,
        remedy: 'leave it out',
      })
    : new InvalidInput({
        thing,
        problem: `'${name}' is no feature of virtio's network cards`,
        remedy: `give some of ${OPTIONAL_FEATURES.join(', ')}`,
      });
}
