import type { Config } from '../call/config.js';
import { asCniError, CODE } from '../call/error.js';
import { type Delegation, delegate } from '../parts/ipam.js';
import { vlanOf, withSwitch } from '../parts/switch.js';

/** STATUS: whether ADD could do its work. @throws CniError */
export async function status(config: Config, delegation: Delegation): Promise<void> {
  try {
    await withSwitch(config, CODE.unavailable, (client) => client.info());
    vlanOf(config);
  } catch (error) {
    throw asCniError(error, CODE.unavailable);
  }
  await delegate(config.ipam, 'STATUS', delegation);
}
