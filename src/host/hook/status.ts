import { existsSync } from 'node:fs';
import { SwitchClient } from '../../switch/client.js';
import { type Daemon, findDaemon } from '../../system/processes/daemons.js';
import { VmlaneError } from '../../values/errors.js';
import { shellWords } from '../../values/shell.js';
import { confinement } from './confined.js';
import { hookTimes, knowsHooks } from './daemon.js';
import { type HookDriver, readHook } from './file.js';
import { findHook, planInstall } from './install.js';
import { type HookSettings, parseSettings } from './settings.js';

/** State of the hook on a host. */
export interface HookStatus {
  path: string;
  /** `outdated`: installing with these settings would change it. `other`: the file is not ours. */
  hook: 'installed' | 'outdated' | 'missing' | 'other';
  settings: HookSettings | undefined;
  daemon: Daemon | undefined;
  /** Whether the daemon calls it; `unknown`: it does so only after a reload, which leaves no trace. */
  called: 'yes' | 'no' | 'unknown';
  /** Number of the switch's ports; undefined if it does not answer. */
  ports: number | undefined;
  /** The hook for networks: where it is, and whether the daemon calls it. It is part of `hook`. */
  network: { path: string; called: HookStatus['called'] };
  /** What is wrong, a line each. */
  troubles: string[];
}

/** The hook's state; changes nothing. `root` stands for `/`. Asks the switch that the hook would ask. @throws Failed */
export async function statusOf(root = '/'): Promise<HookStatus> {
  const { path, kind, text, executable } = findHook(root, 'qemu');
  const network = findHook(root, 'network');
  const daemon = findDaemon(root);
  const calls = (driver: HookDriver, isThere: boolean) => {
    if (!daemon || !isThere) return 'no';
    return knowsHooks(daemon, hookTimes(root, driver)) ? 'yes' : 'unknown';
  };
  const isOurs = network.kind === 'ours' && network.executable;
  const status: HookStatus = {
    ...{ path, hook: 'outdated', daemon, called: 'no', troubles: [] },
    ...{ settings: undefined, ports: undefined },
    network: { path: network.path, called: calls('network', isOurs) },
  };
  if (kind !== 'ours') return { ...status, hook: kind };
  try {
    status.settings = parseSettings(readHook(text).settings ?? '');
    const { changed, files } = planInstall(status.settings, root);
    for (const one of files.filter((file) => file.changed)) {
      const what = one.before === undefined ? 'is missing' : 'this vmlane would write another one';
      status.troubles.push(`${one.path}: ${what}; run: ${installation(status, root)}`);
    }
    if (!changed) status.hook = 'installed';
    status.ports = await countPorts(status.settings.switch);
  } catch (error) {
    if (!(error instanceof VmlaneError)) throw error;
    status.troubles.push(error.message);
  }
  status.troubles.push(...programTroubles(text, root, installation(status, root)));
  status.called = calls('qemu', executable);
  return status;
}

/** The shell command that installs the hook again with the same settings. */
function installation({ settings }: HookStatus, root: string): string {
  const dirWords = settings?.socketDirs.flatMap((socketDir) => ['--socket-dir', socketDir]) ?? [];
  const kept = settings ? ['--control-socket', settings.switch, ...dirWords] : [];
  const where = root === '/' ? [] : ['--root', root];
  return shellWords(['vmlane', 'hook', 'install', ...kept, ...where]);
}

/** What keeps the file from running Node. */
function programTroubles(text: string, root: string, remedy: string): string[] {
  const { node = '', main = '' } = readHook(text);
  const missing = [node, main].filter((path) => !existsSync(path));
  return [
    ...missing.map((path) => `${path || 'its program'}: is not there; run: ${remedy}`),
    ...confinement(node, root),
  ];
}

async function countPorts(socket: string): Promise<number> {
  const client = await SwitchClient.connect(socket);
  try {
    return (await client.ports()).length;
  } finally {
    client.close();
  }
}
