import { DEFAULT_CONTROL_SOCKET, SwitchClient } from '../../switch/index.js';
import { absoluteSocketPath } from '../../switch/paths.js';
import type { Io } from '../io.js';
import { text } from '../options.js';

/** The option of every command that talks to the switch. */
export const controlSocket = {
  'control-socket': text(
    'control-socket',
    `The switch's control socket [default: $VMLANE_SWITCH or ${DEFAULT_CONTROL_SOCKET}]`,
  ),
} as const;

/** Path of the control socket: as given, else VMLANE_SWITCH as qemu-wrap takes it, else the usual. */
export function controlSocketPath(given: string | undefined, env: NodeJS.ProcessEnv): string {
  return absoluteSocketPath(given ?? (env.VMLANE_SWITCH || DEFAULT_CONTROL_SOCKET));
}

/** Asks the switch at the socket, and closes the connection whatever happens. */
export async function withSwitch<T>(
  given: string | undefined,
  io: Io,
  ask: (client: SwitchClient) => Promise<T>,
  deadlineMs = 2000,
): Promise<T> {
  const client = await SwitchClient.connect(controlSocketPath(given, io.env), { deadlineMs });
  try {
    return await ask(client);
  } finally {
    client.close();
  }
}
