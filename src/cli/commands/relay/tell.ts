import { type RelayView, viewRelays } from '../../../relays/view.js';
import type { SwitchClient } from '../../../switch/index.js';
import { type Io, say } from '../../io.js';
import { printJson } from '../../output.js';

/** What was done: whether something changed; with --dry-run the commands that would do it. */
export interface Done {
  changed: boolean;
  commands: string[];
}

interface Asked {
  'dry-run'?: boolean | undefined;
  json?: boolean | undefined;
}

/** Says how the relay is now, or what would be done. */
export async function tellRelay(
  client: SwitchClient,
  name: string,
  done: Done,
  asked: Asked,
  io: Io,
): Promise<number> {
  if (asked['dry-run']) return tellCommands(name, done, asked, io);
  const views = viewRelays(await client.ports(), (await client.info()).devices ?? []);
  const view = views.find((relay) => relay.name === name);
  const ends = view && [view.device, view.socket].filter((end) => end !== null).join(' and ');
  const what = view ? `${done.changed ? 'has' : 'has already'} ${ends}` : 'is not there any more';
  say(io, `relay ${name} ${what}`);
  if (asked.json) printJson(io, { changed: done.changed, ...(view ? plain(view) : { name }) });
  return 0;
}

/** Prints the commands that would do it. */
export function tellCommands(name: string, done: Done, asked: Asked, io: Io): number {
  if (asked.json) printJson(io, { changed: false, name, commands: done.commands });
  else for (const command of done.commands) io.out(`${command}\n`);
  return 0;
}

/** A relay for JSON. */
export function plain(view: RelayView) {
  const { name, state, device, link, socket, listener, guest, lcores } = view;
  return { name, state, device, link, socket, listener, guest, lcores };
}
