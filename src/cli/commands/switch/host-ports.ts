/** Ports that are interfaces of this host, as a switch starts and stops. */
import type { LaunchPlan, PortRequest } from '../../../switch/index.js';
import { runningSwitch } from '../../../switch/start.js';
import { accountId } from '../../../system/accounts/table.js';
import { lookAt } from '../../../system/look/index.js';
import { errorText, VmlaneError } from '../../../values/errors.js';
import { type Io, say } from '../../io.js';
import { withSwitch } from './client.js';

/** Whether this process may change the host. */
export function isRoot(): boolean {
  return process.getuid?.() === 0;
}

/** Interfaces that are ports come back before the switch. What keeps them away must not keep guests off. */
export async function restoreHost(plan: LaunchPlan, io: Io): Promise<PortRequest[]> {
  if (!isRoot()) return [];
  const { inNetworkTurn, makeNodeFolder, restoreInterfaces } = await import(
    '../../../networks/index.js'
  );
  const { made, late, failed, requests } = await inNetworkTurn(() => {
    // Before the switch, which reaches later only what is there by then.
    try {
      makeNodeFolder();
    } catch (error) {
      if (!(error instanceof VmlaneError)) throw error;
      say(io, `${error.message}; the switch starts without network cards`);
    }
    return restoreInterfaces(plan.controlSocket, userOf(plan));
  });
  for (const name of made) say(io, `interface ${name} made anew`);
  for (const name of late) say(io, `interface ${name}: its bridge is not there yet`);
  for (const { message } of failed) say(io, `${message}; the switch starts without it`);
  return requests;
}

/** After a boot a switch has no ports, and bridges have their network cards. */
export async function restoreHostPorts(
  plan: LaunchPlan,
  requests: PortRequest[],
  io: Io,
): Promise<void> {
  if (requests.length === 0) return;
  const { inNetworkTurn, restorePorts, takeNics } = await import('../../../networks/index.js');
  try {
    const kept = await inNetworkTurn(() => takeNics(plan.controlSocket, userOf(plan)));
    const failed = await withSwitch(plan.controlSocket, io, (client) =>
      restorePorts(client, requests),
    );
    for (const { message } of [...kept, ...failed]) say(io, message);
  } catch (error) {
    // The switch has just answered, and guests need it, whatever this is.
    say(io, `ports of this host: ${errorText(error)}`);
  }
}

/** When the switch has ended: bridges have their network cards back, so that who is behind them is reached. */
export async function lendNics(controlSocket: string, io: Io): Promise<void> {
  if (!isRoot()) return;
  const networks = await import('../../../networks/index.js');
  if (networks.takenNics(controlSocket).length === 0) return;
  const failed = await networks.inNetworkTurn(async () => {
    // Another one may have been there all the time, or by now.
    const running = await runningSwitch(controlSocket);
    return running ? [] : networks.lendNics(controlSocket);
  });
  for (const { message } of failed) say(io, message);
}

function userOf({ user }: LaunchPlan): number {
  return user === undefined ? 0 : (accountId(lookAt('/'), 'user', user) ?? 0);
}
