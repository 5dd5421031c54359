import { DEFAULT_CONTROL_SOCKET, PORT_SETTINGS } from '../../../contract/bounds.js';
import type { Port } from '../../../contract/types.js';
import { SwitchClient } from '../../../switch/client.js';
import { answerDeadlineMs } from '../../../switch/deadline.js';
import { controlSocketPath } from '../../../switch/paths.js';
import { InvalidInput } from '../../../values/errors.js';
import { nearest } from '../../../values/nearest.js';
import type { Io } from '../../io.js';
import { text } from '../../options.js';

/** The option of every command that talks to the switch. */
export const controlSocket = {
  'control-socket': text(
    'control-socket',
    `The switch's control socket [default: $VMLANE_SWITCH or ${DEFAULT_CONTROL_SOCKET}]`,
    'file',
  ),
} as const;

/** Runs `ask` with a connection to the switch, and always closes it. */
export async function withSwitch<T>(
  given: string | undefined,
  io: Pick<Io, 'env'>,
  ask: (client: SwitchClient) => Promise<T>,
  deadlineMs = answerDeadlineMs(io.env),
): Promise<T> {
  const client = await SwitchClient.connect(controlSocketPath(given, io.env), { deadlineMs });
  try {
    return await ask(client);
  } finally {
    client.close();
  }
}

/**
 * Asks about the port of this name. Puts the switch's refusals into the words of the command line:
 * an unknown port gets the nearest name, a parameter is named as its option.
 */
export async function withPort<T>(
  client: SwitchClient,
  name: string | undefined,
  ask: () => Promise<T>,
): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    if (name !== undefined) await portOf(client, name);
    const { thing, problem, remedy } = error.trouble;
    const option = PARAMETERS.has(thing) ? `--${thing.replaceAll('_', '-')}` : thing;
    throw new InvalidInput(
      {
        thing: thing === 'name' ? (name === undefined ? 'NAME' : `port ${name}`) : option,
        problem,
        remedy,
      },
      { cause: error },
    );
  }
}

/** Parameters of the protocol that are options of the command line. */
const PARAMETERS: ReadonlySet<string> = new Set([
  ...Object.keys(PORT_SETTINGS).filter((key) => key !== 'name'),
  'lcore',
]);

/** The port of this name. @throws InvalidInput with the nearest name */
export async function portOf(client: Pick<SwitchClient, 'ports'>, name: string): Promise<Port> {
  const ports = await client.ports();
  const found = ports.find((port) => port.name === name);
  if (found) return found;
  const names = ports.map((port) => port.name);
  const near = nearest(name, names);
  throw new InvalidInput({
    thing: `port ${name}`,
    problem: 'the switch has no such port',
    remedy: near ? `did you mean ${near}?` : "'vmlane switch ports' lists its ports",
  });
}
