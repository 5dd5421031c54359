import type { Port, PortRequest } from '../contract/types.js';
import { Failed, InvalidInput } from '../values/errors.js';
import type { SwitchClient } from './client.js';
import { undoneAfter } from './register.js';

/** Requests that wait for their answers at once: the switch need not be woken for each. */
const BATCH = 32;

/** A port that was asked for; `changed` is false when the switch had exactly this one. */
export interface Added {
  changed: boolean;
  port: Port;
}

/**
 * Adds all of the ports or none: when the switch refuses one, or on `signal`, those that were added
 * are removed again. Rejects as SwitchClient.addPort does.
 */
export async function addPorts(
  client: Pick<SwitchClient, 'addPort' | 'removePort'>,
  requests: readonly PortRequest[],
  signal?: AbortSignal,
): Promise<Added[]> {
  const done: Added[] = [];
  try {
    for (let first = 0; first < requests.length; first += BATCH) {
      const batch = requests.slice(first, first + BATCH);
      if (signal?.aborted) throw interrupted(batch);
      const answers = await Promise.allSettled(batch.map((request) => add(client, request)));
      done.push(...answers.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : [])));
      const refused = answers.find((one) => one.status === 'rejected');
      if (refused) throw refused.reason;
    }
    return done;
  } catch (error) {
    const added = done.filter(({ changed }) => changed).reverse();
    throw await undoneAfter(error, async () => {
      for (const { port } of added) await client.removePort(port.name);
    });
  }
}

/** A parameter that the switch refuses does not say whose it is. @throws InvalidInput that does */
async function add(client: Pick<SwitchClient, 'addPort'>, request: PortRequest): Promise<Added> {
  try {
    return await client.addPort(request);
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    const { thing, problem, remedy } = error.trouble;
    const trouble = { thing: `port ${request.name}: ${thing}`, problem, remedy };
    throw new InvalidInput(trouble, { cause: error });
  }
}

function interrupted([next]: readonly PortRequest[]): Failed {
  const problem = 'interrupted before it was added; no port was added';
  return new Failed({ thing: `port ${next?.name}`, problem, remedy: 'run the command again' });
}
