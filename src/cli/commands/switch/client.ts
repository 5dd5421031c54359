import { answerDeadlineMs } from '../../../switch/deadline.js';
import { DEFAULT_CONTROL_SOCKET, SwitchClient } from '../../../switch/index.js';
import { controlSocketPath } from '../../../switch/paths.js';
import type { Io } from '../../io.js';
import { text } from '../../options.js';

/** The option of every command that talks to the switch. */
export const controlSocket = {
  'control-socket': text(
    'control-socket',
    `The switch's control socket [default: $VMLANE_SWITCH or ${DEFAULT_CONTROL_SOCKET}]`,
  ),
} as const;

/** Asks the switch at the socket, and closes the connection whatever happens. */
export async function withSwitch<T>(
  given: string | undefined,
  io: Io,
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
