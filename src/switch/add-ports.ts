import type { Port, PortRequest } from '../contract/types.js';
import { Failed, InvalidInput } from '../values/errors.js';
import type { SwitchClient } from './client.js';
import { undoneAfter } from './register.js';

/** Limit on requests in flight: what the switch finds at once it saves at once. */
const BATCH = 256;

/** A requested port; `changed` is false if the switch had exactly this one. */
export interface Added {
  changed: boolean;
  port: Port;
}

/**
 * Adds all of the ports or none: if the switch refuses one, or on `signal`, added ones are removed
 * again. Rejects like SwitchClient.addPort.
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

/** Adds the port's name to the error for a refused parameter. @throws InvalidInput */
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
