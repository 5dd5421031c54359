import { basename, dirname, join } from 'node:path';

/** The files of a switch beside its control socket. */
export interface SwitchFiles {
  /** A folder of its own, which only the switch's user may enter. */
  folder: string;
  /** In it its ports, for a restart. */
  state: string;
  /** In it the token by which VFs of its PFs are opened. */
  vfToken: string;
  log: string;
}

/**
 * Named after the control socket, so that switches may share a folder; `switch.sock` has the folder
 * `switch` and switch.log.
 */
export function filesBeside(controlSocket: string): SwitchFiles {
  const beside = dirname(controlSocket);
  const name = basename(controlSocket, '.sock');
  // A socket without the ending has the name itself.
  const folder = join(beside, name === basename(controlSocket) ? `${name}.d` : name);
  return {
    folder,
    state: join(folder, 'ports.json'),
    vfToken: join(folder, 'vf-token'),
    log: join(beside, `${name}.log`),
  };
}
