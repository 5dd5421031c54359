/** What `vmlane domain stop` and `destroy` have in common. */

import type { StoppedGuest } from '../../../guests/stop.js';
import type { Io } from '../../io.js';
import { flag, json } from '../../options.js';
import { printJson } from '../../output.js';
import { connectOption } from '../libvirt.js';
import { controlSocket } from '../switch/client.js';

export const offOptions = {
  ...connectOption,
  ...controlSocket,
  'keep-ports': flag('Leave its ports in the switch'),
  'dry-run': flag('Show what would be done, change nothing'),
  json,
} as const;

/** Prints what was done as JSON, with --json. */
export function printOff(
  io: Io,
  asJson: boolean | undefined,
  { name, uri, changed, forced, state, ports }: StoppedGuest & { name: string; uri: string },
): number {
  if (!asJson) return 0;
  printJson(io, {
    ...{ name, uri, changed, forced, state },
    ports: { removed: ports.removed, busy: ports.busy },
  });
  return 0;
}
