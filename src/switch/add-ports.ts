import type { Port, PortRequest } from '../contract/types.js';
import { Failed, InvalidInput } from '../values/errors.js';
import type { SwitchClient } from './client.js';
import { undoneAfter } from './register.js';

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
    for (const request of requests) {
      if (signal?.aborted) throw interrupted(request);
      done.push(await client.addPort(request).catch((error) => ofPort(error, request)));
    }
    return done;
  } catch (error) {
    const added = done.filter(({ changed }) => changed).reverse();
    throw await undoneAfter(error, async () => {
      for (const { port } of added) await client.removePort(port.name);
    });
  }
}

/** A parameter that the switch refuses does not say whose it is. */
function ofPort(error: unknown, { name }: PortRequest): never {
  if (!(error instanceof InvalidInput)) throw error;
  const { thing, problem, remedy } = error.trouble;
  throw new InvalidInput({ thing: `port ${name}: ${thing}`, problem, remedy }, { cause: error });
}

function interrupted({ name }: PortRequest): Failed {
  const problem = 'interrupted before it was added; no port was added';
  return new Failed({ thing: `port ${name}`, problem, remedy: 'run the command again' });
}
