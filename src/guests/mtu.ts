/** Whether the switch carries the MTUs that a guest's NICs announce. */
import type { PortRequest } from '../contract/types.js';
import { type Domain, largeMtu } from '../domain/index.js';
import type { SwitchClient } from '../switch/client.js';
import type { Trouble } from '../values/errors.js';
import { mtuTrouble } from '../values/frame-mtu.js';

/**
 * Why the switch would lose frames of NICs that get these ports; null if it carries all. Asks the switch only if a
 * NIC announces more than every switch carries. A NIC of libvirt's without a MAC in its port is not known here.
 */
export async function mtuFact(
  client: Pick<SwitchClient, 'info'>,
  domain: Domain,
  wanted: readonly PortRequest[],
): Promise<Omit<Trouble, 'thing'> | null> {
  const nics = domain.nics.filter((nic) => {
    return wanted.some(({ path, mac }) => path === nic.source || (nic.mac && mac === nic.mac));
  });
  const large = nics.flatMap((nic) => largeMtu(nic) ?? []);
  if (large.length === 0) return null;
  return mtuTrouble(Math.max(...large), (await client.info()).max_frame) ?? null;
}
