/**
 * What the class says stands, as the administrator wrote it; a claim is its user's, and may only ask for less: lower
 * limits, a smaller MTU, isolation. A claim that asks for more is refused, and does not get something else in silence.
 * A MAC is more: it might be a neighbour's, or the router's, and the switch would give it to this port alone.
 */
import { PORT_SETTINGS } from '../../contract/bounds.js';
import { InvalidInput } from '../../values/errors.js';
import type { PortConfig } from './config.js';

type Rates = NonNullable<PortConfig['bandwidth']>;

/** The later of two of the same author goes first, key by key. */
export function overlaid(configs: readonly PortConfig[]): PortConfig {
  const rates = configs.map(({ bandwidth }) => bandwidth).filter((one) => one !== undefined);
  const bandwidth: Rates = Object.assign({}, ...rates);
  const whole: PortConfig = Object.assign({}, ...configs);
  return rates.length > 0 ? { ...whole, bandwidth } : whole;
}

/** `thing`: the claim, for messages. @throws InvalidInput where the claim asks for more than the class gives */
export function combined(theClass: PortConfig, claim: PortConfig, thing: string): PortConfig {
  const refuse = (key: string, problem: string, remedy: string): never => {
    throw new InvalidInput({ thing: `${thing}: ${key}`, problem, remedy });
  };
  for (const key of ['network', 'vlan', 'mac'] as const) {
    const [given, asked] = [theClass[key], claim[key]];
    if (given === undefined || asked === undefined || sameText(given, asked)) continue;
    refuse(key, `is ${asked}, and its class says ${given}`, 'leave it out, or take another class');
  }
  if (claim.macs !== undefined) refuse('macs', 'is for its class to say', 'leave it out');
  if (claim.mac !== undefined && theClass.mac === undefined && theClass.macs !== 'claim') {
    const remedy =
      'leave it out, and the port has one of its own; or take a class with macs: claim';
    refuse('mac', `is ${claim.mac}, and its class lets no claim choose one`, remedy);
  }
  if (theClass.isolated && claim.isolated === false)
    refuse('isolated', 'is false, and its class says true', 'leave it out');
  for (const [key, given, asked] of limitsOf(theClass, claim)) {
    if (given === undefined || asked === undefined || asked <= given) continue;
    refuse(key, `is ${asked}, and its class allows ${given}`, `give at most ${given}`);
  }
  const { bandwidth: ofClass, ...rest } = theClass;
  const { bandwidth: ofClaim, ...asked } = claim;
  const bandwidth = narrowed(ofClass, ofClaim);
  return { ...rest, ...asked, ...(bandwidth && { bandwidth }) };
}

/**
 * Limits that both may say: the key, the class's, the claim's. Where the class is silent, the switch's default is what
 * it gives; undefined: no limit.
 */
function* limitsOf(
  theClass: PortConfig,
  claim: PortConfig,
): Generator<[string, number | undefined, number | undefined]> {
  for (const key of ['mtu', 'floodLimit'] as const) yield [key, theClass[key], claim[key]];
  const addresses = theClass.addressLimit ?? PORT_SETTINGS.address_limit.default;
  yield ['addressLimit', addresses, claim.addressLimit];
  for (const way of ['inbound', 'outbound'] as const) {
    const given = withBurst(theClass.bandwidth?.[way]);
    for (const rate of ['average', 'peak', 'burst'] as const)
      yield [`bandwidth.${way}.${rate}`, given?.[rate], claim.bandwidth?.[way]?.[rate]];
  }
}

/** A tenth of a second's worth (bandwidth_of in native/datapath/meter.c); a claim can say no less than 1. */
function withBurst(given: Rates['inbound']): Rates['inbound'] {
  return given && { burst: Math.max(1, Math.floor(given.average / 10)), ...given };
}

/** A peak or burst of the class holds for a claim that says an average only. */
function narrowed(theClass: Rates | undefined, claim: Rates | undefined): Rates | undefined {
  if (theClass === undefined || claim === undefined) return claim ?? theClass;
  const inbound = claim.inbound ? { ...theClass.inbound, ...claim.inbound } : theClass.inbound;
  const outbound = claim.outbound ? { ...theClass.outbound, ...claim.outbound } : theClass.outbound;
  return { ...(inbound && { inbound }), ...(outbound && { outbound }) };
}

/** MACs may be written in either case. */
function sameText(a: string | number, b: string | number): boolean {
  return String(a).toLowerCase() === String(b).toLowerCase();
}
