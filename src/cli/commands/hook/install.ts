import { DEFAULT_CONTROL_SOCKET } from '../../../contract/bounds.js';
import { GUEST_FOLDER } from '../../../values/socket-path.js';
import { command } from '../../command.js';
import { type Io, say } from '../../io.js';
import { flag, text, texts } from '../../options.js';
import { changeOptions, showChange, tellChange } from './options.js';

/** `vmlane hook install` */
export const hookInstall = command({
  path: ['hook', 'install'],
  summary:
    'Install the hooks, which register guests with the switch and keep networks attached to it',
  positionals: {},
  options: {
    'control-socket': text(
      'control-socket',
      `The switch's control socket [default: ${DEFAULT_CONTROL_SOCKET}]`,
    ),
    'socket-dir': texts(
      `Folder of guests' sockets that belong to this switch, may be given several times [default: ${GUEST_FOLDER}]`,
    ),
    unchecked: flag('Do not check who could change what libvirtd will run'),
    ...changeOptions,
  },
  examples: [
    ['hook install --dry-run', 'show the files that libvirt would run'],
    ['hook install', 'from now on, every start registers the ports of the guest'],
    [
      'hook install --control-socket /run/lane2/switch.sock --socket-dir /run/lane2',
      "another switch's guests; sockets elsewhere are left to others, such as Open vSwitch",
    ],
  ],
  async run({ root = '/', json, ...values }, io) {
    const { hookSettings } = await import('../../../host/hook/settings.js');
    const { applyHook, checkHook, planInstall } = await import('../../../host/hook/install.js');
    const { HostFiles } = await import('../../../system/files/host-files.js');
    const files = new HostFiles(root);
    const settings = hookSettings({
      switch: values['control-socket'],
      socketDirs: values['socket-dir'],
    });
    const change = planInstall(settings, root);
    if (!values.unchecked) checkHook(change);
    const before = await unaware(root);
    showChange(io, change, json);
    if (values['dry-run']) return;
    await applyHook(change, files, io.interrupted());
    tellChange(io, change, 'written', 'unchanged');
    await tellConfinement(io, root);
    if (before) say(io, before);
  },
});

/** What to do about a daemon that does not know of any hook yet; call this before ours is installed. */
async function unaware(root: string): Promise<string | undefined> {
  const { hookTimes, knowsHooks } = await import('../../../host/hook/daemon.js');
  const { findDaemon } = await import('../../../system/processes/daemons.js');
  const { HOOK_DRIVERS } = await import('../../../host/hook/file.js');
  const daemon = findDaemon(root);
  if (!daemon) return undefined;
  const unknown = HOOK_DRIVERS.filter((driver) => !knowsHooks(daemon, hookTimes(root, driver)));
  if (unknown.length === 0) return undefined;
  return `${daemon.name} has run since before there was a hook for ${unknown.join(' and ')}; reload it, or it does not call this one: systemctl reload ${daemon.name} (guests keep running)`;
}

async function tellConfinement(io: Io, root: string): Promise<void> {
  const { confinement } = await import('../../../host/hook/confined.js');
  const { stableNode } = await import('../../../host/hook/install.js');
  for (const line of confinement(stableNode(), root)) say(io, line);
}
