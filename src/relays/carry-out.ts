/** Relays' steps, done at the switch: all or none. */
import type { SwitchClient } from '../switch/index.js';
import { undoneAfter } from '../switch/index.js';
import { Failed, VmlaneError } from '../values/errors.js';
import { shellWords } from '../values/shell.js';
import type { RelayStep } from './steps.js';

/** What is asked of the switch. */
export type Ports = Pick<SwitchClient, 'addPort' | 'removePort' | 'setPort'>;

/**
 * Does the steps in order. If the switch refuses one, or on `signal`, those before it are undone. A removal
 * is brought to its end. @throws like SwitchClient
 */
export async function carryOut(
  client: Ports,
  steps: readonly RelayStep[],
  signal?: AbortSignal,
): Promise<void> {
  const undoing: (() => Promise<unknown>)[] = [];
  try {
    for (const step of steps) {
      if (signal?.aborted && step.do !== 'remove') throw interrupted();
      const undo = await perform(client, step);
      if (undo) undoing.push(undo);
    }
  } catch (error) {
    throw await undoneAfter(withCommand(error, steps), async () => {
      for (const undo of undoing.reverse()) await undo();
    });
  }
}

/** Returns what takes the step back; undefined: nothing has to. */
async function perform(
  client: Ports,
  step: RelayStep,
): Promise<(() => Promise<unknown>) | undefined> {
  if (step.do === 'add') {
    const { changed, port } = await client.addPort(step.request);
    return changed ? () => client.removePort(port.name) : undefined;
  }
  if (step.do === 'join') {
    const { name } = step.port;
    await client.setPort({ name, relay: step.relay });
    return () => client.setPort({ name, relay: null });
  }
  if (step.do === 'remove') {
    await client.removePort(step.port.name);
    return undefined;
  }
  if (step.do === 'set') {
    const { name, to, from } = step;
    await client.setPort({ name, ...to });
    return () => client.setPort({ name, ...from });
  }
  const { name, lcore, from } = step;
  await client.setPort({ name, lcore });
  return from === undefined ? undefined : () => client.setPort({ name, lcore: from });
}

function interrupted(): Failed {
  const problem = 'interrupted; no relay was added';
  return new Failed({ thing: 'relay', problem, remedy: 'run the command again' });
}

/** The switch names the option that gives a device to a switch that starts; this says the whole command. */
function withCommand(error: unknown, steps: readonly RelayStep[]): unknown {
  if (!(error instanceof VmlaneError) || !error.trouble.remedy.endsWith('with --device'))
    return error;
  const added = steps.find((step) => step.do === 'add' && step.request.device);
  if (added?.do !== 'add') return error;
  const { name, device } = added.request;
  const start = shellWords(['vmlane', 'switch', 'start', '--device', `${name}=${device}`]);
  const { thing, problem } = error.trouble;
  const remedy = `give it to a switch that starts: ${start}; then add the relay again`;
  return new Failed({ thing, problem, remedy }, { cause: error });
}
