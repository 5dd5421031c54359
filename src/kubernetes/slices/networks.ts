/** What the node has to offer, as the administrator made it: networks of the switch, and where the switch runs. */
import type { SwitchInfo } from '../../contract/types.js';
import { networksWithMtu } from '../../networks/network-view.js';
import { mtuOf, USUAL_MTU } from '../../values/frame-mtu.js';
import { MTU, type NodeNetwork } from './devices.js';

/** Bytes of a tag. */
const TAG = 4;

/** The networks of a switch, by name. @throws Failed without `ip` */
export async function nodeNetworks(
  controlSocket: string,
  { max_frame: maxFrame }: Pick<SwitchInfo, 'max_frame'>,
): Promise<NodeNetwork[]> {
  // A switch of ordinary frames has room for a tag of the guest's own beside them: not for a larger MTU.
  const most = Math.min(mtuOf(maxFrame), MTU.max);
  const room = most <= USUAL_MTU + TAG ? Math.min(most, USUAL_MTU) : most;
  const networks = await networksWithMtu(controlSocket);
  return networks.map(({ name, vlan, mtu }) => ({ name, vlan, mtu: Math.min(mtu ?? room, room) }));
}

/** The NUMA node that all processors of the switch are in; undefined: they are in several, or nobody knows. */
export function numaNodeOf({ lcores }: Pick<SwitchInfo, 'lcores'>): number | undefined {
  const [first, ...others] = new Set(lcores.map(({ node }) => node));
  return others.length === 0 ? first : undefined;
}
