/** The switch, as a call sees it. */
import { networksOf, networksWithMtu, unknownNetwork } from '../../networks/index.js';
import { type Port, SwitchClient, SwitchError } from '../../switch/index.js';
import { mtuOf, USUAL_MTU } from '../../values/frame-mtu.js';
import type { Config } from '../call/config.js';
import { CniError, CODE } from '../call/error.js';

/** Runs `act` with a client. `code`: what a switch that does not answer is. @throws CniError, and what `act` throws */
export async function withSwitch<T>(
  { controlSocket }: Config,
  code: number,
  act: (client: SwitchClient) => Promise<T>,
): Promise<T> {
  let client: SwitchClient | undefined;
  try {
    client = await SwitchClient.connect(controlSocket, { name: 'vmlane-cni' });
    return await act(client);
  } catch (error) {
    if (error instanceof SwitchError) throw new CniError(code, error.trouble, { cause: error });
    throw error;
  } finally {
    client?.close();
  }
}

/** The VLAN that a configuration means; 0: none. @throws InvalidInput for a network that is not there */
export function vlanOf({ network, vlan, controlSocket }: Config): number {
  if (network === undefined) return vlan ?? 0;
  const all = networksOf(controlSocket);
  const found = all.find(({ name }) => name === network);
  if (found) return found.vlan;
  throw unknownNetwork(
    network,
    all.map(({ name }) => name),
  );
}

/** The container's MTU: the wished one, or the network's. @throws CniError for more than the switch carries */
export async function wantedMtu(client: SwitchClient, config: Config): Promise<number> {
  const room = mtuOf((await client.info()).max_frame);
  const of = config.network === undefined ? [] : await networksWithMtu(config.controlSocket);
  const usual = of.find(({ name }) => name === config.network)?.mtu ?? USUAL_MTU;
  const mtu = config.mtu ?? Math.min(usual, room);
  if (mtu <= room) return mtu;
  const problem = `is ${mtu}, and the switch carries ${room} at most`;
  const remedy = 'lower it, or start the switch with --mergeable';
  throw new CniError(CODE.config, { thing: 'mtu', problem, remedy });
}

export async function portNamed(client: SwitchClient, port: string): Promise<Port | undefined> {
  return (await client.ports()).find(({ name }) => name === port);
}
