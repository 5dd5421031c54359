/**
 * PortConfig: what a DeviceClass and a claim may say of a port. Kubernetes hands it on unread ("opaque"); it is checked
 * here, on the node, by the words that a guest's spec has for the same things.
 */
import * as z from 'zod';
import { PORT_SETTINGS } from '../../contract/bounds.js';
import { mac, object } from '../../spec/fields.js';
import { problemsOf } from '../../spec/issues.js';
import { count, oneOf, vlan, yesNo } from '../../spec/schema/kinds.js';
import { bandwidth, switchNetwork } from '../../spec/schema/nic.js';
import { refuse } from '../../values/problems.js';
import { DRIVER_NAME } from '../names.js';
import { MTU } from '../slices/devices.js';

export const CONFIG_VERSION = `${DRIVER_NAME}/v1alpha1`;
export const CONFIG_KIND = 'PortConfig';

const schema = object({
  apiVersion: z.literal(CONFIG_VERSION, { error: `give ${CONFIG_VERSION}` }),
  kind: z.literal(CONFIG_KIND, { error: `give ${CONFIG_KIND}` }),
  /** The device's own, or the claim is refused: a guard against a selector that finds too much. */
  network: switchNetwork.optional(),
  /** The same for the network's VLAN. */
  vlan,
  mac: mac.optional(),
  /**
   * A class's alone. own: each port has an address of its own; claim: a claim may choose it by `mac`; any: a guest may
   * send from any, as one with a bridge does.
   */
  macs: oneOf('own', 'claim', 'any').optional(),
  mtu: count(MTU.min, MTU.max, 'bytes').optional(),
  isolated: yesNo.optional(),
  addressLimit: count(
    PORT_SETTINGS.address_limit.min,
    PORT_SETTINGS.address_limit.max,
    'addresses',
  ).optional(),
  floodLimit: count(1, PORT_SETTINGS.flood_limit.max, 'frames a second').optional(),
  bandwidth: bandwidth.optional(),
});

/** What one of them says. */
export type PortConfig = Omit<z.infer<typeof schema>, 'apiVersion' | 'kind'>;

/** `source`: what it is called in messages. @throws InvalidFile */
export function readPortConfig(parameters: unknown, source: string): PortConfig {
  const accepted = schema.safeParse(parameters);
  if (!accepted.success) return refuse(source, problemsOf(accepted.error.issues, parameters));
  const { apiVersion, kind, ...config } = accepted.data;
  return config;
}
