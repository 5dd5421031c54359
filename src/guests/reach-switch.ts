import { isRemote } from '../libvirt/uri.js';
import { SwitchClient } from '../switch/index.js';
import { controlSocketPath } from '../switch/paths.js';
import { VmlaneError } from '../values/errors.js';

/** The switch that guests are on, or why it cannot be asked; no error: it was not looked for. */
export type Reached =
  | { client: SwitchClient }
  | { client?: undefined; why: string; error?: VmlaneError };

/** Path of the switch's socket; undefined: the guests are on another host, and no switch of theirs is named. */
export function switchOf(
  uri: string,
  given: string | undefined,
  env: NodeJS.ProcessEnv,
): string | undefined {
  return isRemote(uri) && given === undefined ? undefined : controlSocketPath(given, env);
}

/** Dials the switch. That there is none is an answer, not an error; a socket that cannot be is InvalidInput. */
export async function reachSwitch(socket: string | undefined): Promise<Reached> {
  if (socket === undefined) {
    return {
      why: "its switch is on another host: name the switch's forwarded socket with --control-socket",
    };
  }
  try {
    return { client: await SwitchClient.connect(socket) };
  } catch (error) {
    if (!(error instanceof VmlaneError)) throw error;
    return { why: error.message, error };
  }
}

/** Works with the switch that is reached, and closes the connection whatever happens. */
export async function withReached<T>(
  socket: string | undefined,
  work: (reached: Reached) => Promise<T>,
): Promise<T> {
  const reached = await reachSwitch(socket);
  try {
    return await work(reached);
  } finally {
    reached.client?.close();
  }
}
