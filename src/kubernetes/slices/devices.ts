/** The devices of a node: so many ports of each network. Pure. */
import { createHash } from 'node:crypto';

/** A network, with what its path carries. */
export interface NodeNetwork {
  name: string;
  vlan: number;
  mtu: number;
}

/** A device of the pool. */
export interface Device {
  name: string;
  network: NodeNetwork;
}

/** What binding plugins take. Source: minMTU, maxMTU of kubevirt/vhostuser-network-binding-plugin. */
export const MTU = { min: 68, max: 9702 } as const;

/** Most devices in a slice. Source: ResourceSliceMaxDevices, api/resource/v1/types.go. */
export const SLICE_DEVICES = 128;

/** A name that is no part of a DNS label needs a digest, so that two networks never share devices. */
const DIGEST = 6;
/** What is left of a label's 63 characters beside the number. */
const PART = 63 - 5;

/** All devices, by network and number. */
export function devicesOf(networks: readonly NodeNetwork[], perNetwork: number): Device[] {
  return networks.flatMap((network) =>
    Array.from({ length: perNetwork }, (_, i) => ({
      name: `${labelOf(network.name)}-${i}`,
      network,
    })),
  );
}

/** A network's name as the beginning of a DNS label: itself where it may be, else close to it. */
export function labelOf(network: string): string {
  const plain = network
    .toLowerCase()
    .replace(/[^a-z0-9-]/g, '-')
    .replace(/^-+|-+$/g, '');
  if (plain === network && plain.length <= PART) return plain;
  const digest = createHash('sha256').update(network).digest('hex').slice(0, DIGEST);
  return `${plain.slice(0, PART - DIGEST - 1).replace(/-+$/, '')}-${digest}`;
}
