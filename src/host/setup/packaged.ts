/** What Debian's package has of what `host setup` writes otherwise, by the same authors. */

import { DEFAULT_CONTROL_SOCKET } from '../../contract/bounds.js';
import { INSTALLED } from '../../switch/paths.js';
import { RUN_FOLDER, RUN_FOLDER_MODE } from '../../values/socket-path.js';
import { accountLines, PACKAGED_ACCOUNT } from './accounts.js';
import { mainPath, switchCommands } from './programs.js';
import { PACKAGED_UNIT, packagedUnit } from './switch-unit.js';

/** The package's folders below /run. */
export const PACKAGED_FOLDERS = '/usr/lib/tmpfiles.d/vmlane.conf';

const AUTHOR = "Of vmlane's package; 'vmlane host setup' writes the administrator's of this name.";

/**
 * Files by their place on the host. Accounts and folders are called as those in /etc that `host setup` writes, which
 * so hide them. `node`: the program that runs the command line.
 */
export function packagedFiles(node: string): Record<string, string> {
  const program = [node, mainPath(INSTALLED)];
  const mode = RUN_FOLDER_MODE.toString(8).padStart(4, '0');
  return {
    [PACKAGED_UNIT]: packagedUnit(switchCommands([], DEFAULT_CONTROL_SOCKET, program)),
    [PACKAGED_ACCOUNT]: accountLines(AUTHOR),
    [PACKAGED_FOLDERS]: `# ${AUTHOR}\nd ${RUN_FOLDER} ${mode} root root\n`,
  };
}
