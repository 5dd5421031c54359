/** Ports that are interfaces of this host, as a switch starts and stops. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { LaunchPlan, PortRequest } from '../../../switch/index.js';
import { runningSwitch } from '../../../switch/start.js';
import { accountId } from '../../../system/accounts/table.js';
import { lookAt } from '../../../system/look/index.js';
import { errorText, type Failed, VmlaneError } from '../../../values/errors.js';
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

/**
 * After a boot a switch has no ports, and bridges have their network cards. Returns which cards are not in their bridges
 * yet; undefined, and a message: it could not be done.
 */
export async function restoreHostPorts(
  { controlSocket }: LaunchPlan,
  requests: PortRequest[],
  io: Io,
): Promise<Failed[] | undefined> {
  if (!isRoot()) return [];
  const { inNetworkTurn, restorePorts, takeNics, takenNics } = await import(
    '../../../networks/index.js'
  );
  if (requests.length === 0 && takenNics(controlSocket).length === 0) return [];
  try {
    return await inNetworkTurn(() =>
      withSwitch(controlSocket, io, async (client) => {
        // The ports in bridges first: until they are there, a card's leads nowhere.
        const refused = await restorePorts(client, requests);
        const { late, failed } = await takeNics(client, controlSocket);
        for (const { message } of [...refused, ...failed]) say(io, message);
        return late;
      }),
    );
  } catch (error) {
    // The switch has just answered, and guests need it, whatever this is.
    say(io, `ports of this host: ${errorText(error)}`);
    return undefined;
  }
}

/** The guests' halves of static relays; devices are there already. What fails must not keep other guests off. */
export async function restoreRelays({ controlSocket, asked }: LaunchPlan, io: Io): Promise<void> {
  const { relays = [] } = asked;
  if (relays.length === 0) return;
  const { restoreStaticRelays } = await import('../../../relays/index.js');
  try {
    const failed = await withSwitch(controlSocket, io, (client) =>
      restoreStaticRelays(client, relays),
    );
    for (const { message } of failed) say(io, message);
  } catch (error) {
    // The switch has just answered, and guests need it, whatever this is.
    say(io, `static relays: ${errorText(error)}`);
  }
}

/** Longest time between two looks at bridges. */
const REST_MS = 60_000;
/** So often it is tried as a whole, as others may be changing networks, before the log has the last word. */
const FAILURES = 5;

/** The same for a switch in the foreground, as at boot: cards are taken when their bridges have them. */
export async function keepHostPorts(
  plan: LaunchPlan,
  requests: PortRequest[],
  io: Io,
  ended: AbortSignal,
): Promise<void> {
  let late = await restoreHostPorts(plan, requests, io);
  for (const { trouble } of late ?? [])
    say(io, `${trouble.thing}: ${trouble.problem} yet; the switch takes it when it is`);
  let failures = 0;
  for (let ms = 1000; late?.length !== 0 && !ended.aborted; ms = Math.min(2 * ms, REST_MS)) {
    if (late === undefined && ++failures === FAILURES) return;
    await sleep(ms, undefined, { signal: ended }).catch(() => undefined);
    if (!ended.aborted) late = await restoreHostPorts(plan, late ? [] : requests, io);
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
