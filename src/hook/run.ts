import type { Port, PortRequest } from '../contract/types.js';
import { goesWith, openGuest, wantedPorts } from '../guests/ports.js';
import type { HookSettings } from '../host/hook/settings.js';
import { SwitchClient } from '../switch/client.js';
import { SwitchError } from '../switch/errors.js';
import { registerPorts } from '../switch/register.js';
import { removeFreePorts } from '../switch/remove.js';
import { Failed } from '../values/errors.js';
import { checkSocketFree } from '../wrap/checks.js';
import { actionOf } from './operations.js';

/** For hello: a switch that lives answers in a millisecond. A refused start asks twice, libvirt calls release, too. */
const HELLO_MS = { register: 2000, remove: 1000 } as const;
/** For all that follows. With Node's own start the hook takes 5 s at the most. */
const PORTS_MS = 2000;
/** QEMU is gone, but the switch may not have noticed yet. */
const PATIENCE_MS = 1000;

/**
 * One call of the hook, with libvirt's words (guest, operation, sub-operation, extra) and the domain's
 * XML. libvirt waits meanwhile and holds the guest's lock: nothing here may ask libvirt.
 * Rejects when the start is to be refused, or ports could not be removed: InvalidInput, Failed.
 */
export async function runHook(
  settings: HookSettings,
  [, operation = '', subOperation = '']: readonly string[],
  xml: string,
): Promise<void> {
  const { switch: socket, socketDirs } = settings;
  const action = actionOf(operation, subOperation);
  const domain = action && openGuest(xml);
  if (!domain) return;
  if (action === 'register') {
    const wanted = wantedPorts(domain, socketDirs);
    if (wanted.length > 0)
      await withSwitch(socket, HELLO_MS[action], (client) => register(client, wanted));
  } else {
    const isOwn = goesWith(domain, socketDirs);
    if (isOwn) await withSwitch(socket, HELLO_MS[action], (client) => remove(client, isOwn));
  }
}

/** Dials first: on a host where nothing was started yet, the switch is what the user must hear of. */
async function register(client: SwitchClient, wanted: PortRequest[]): Promise<void> {
  for (const { mode, path } of wanted) if (mode !== 'server') checkSocketFree(path);
  await registerPorts(client, wanted);
}

async function remove(client: SwitchClient, isOwn: (port: Port) => boolean): Promise<void> {
  const { busy } = await removeFreePorts(client, (ports) => ports.filter(isOwn), PATIENCE_MS);
  const [used] = busy;
  if (!used) return;
  throw new Failed({
    thing: `port ${used.name}`,
    problem: 'somebody is still connected to it, so it stays',
    remedy: `see who uses ${used.path}; 'vmlane switch remove' takes it away`,
  });
}

async function withSwitch(
  socket: string,
  deadlineMs: number,
  act: (client: SwitchClient) => Promise<void>,
): Promise<void> {
  const options = { deadlineMs, name: 'libvirt hook' };
  const client = await SwitchClient.connect(socket, options);
  const error = new SwitchError('late', {
    thing: socket,
    problem: `it took more than ${PORTS_MS} ms for the guest's ports`,
    remedy: 'check that vhost-switch is not stopped and see its log',
  });
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(error), PORTS_MS);
  });
  try {
    await Promise.race([act(client), late]);
  } finally {
    clearTimeout(timer);
    client.close();
  }
}
