import { openDomain } from '../domain/index.js';
import type { DomainState, Libvirt } from '../libvirt/index.js';
import {
  type PortRequest,
  type Registration,
  registerPorts,
  SwitchClient,
  undoneAfter,
} from '../switch/index.js';
import { Failed } from '../values/errors.js';

/** What starting did: `changed` is false when the guest was running already. */
export interface DomainStart {
  changed: boolean;
  ports: Registration['ports'];
}

/**
 * Starts a defined guest once the switch has a port for each of its vhost-user interfaces: QEMU
 * would wait for ever for a peer that does not come. A guest without such interfaces needs no
 * switch. When the start fails, the ports that this call added are removed again.
 * `switchSocket` is undefined when libvirt is on another host, whose switch cannot be asked.
 * Rejects with SwitchError before anything is started when the switch is not there.
 */
export async function startDomain(
  libvirt: Pick<Libvirt, 'xml' | 'state' | 'start'>,
  name: string,
  switchSocket: string | undefined,
): Promise<DomainStart> {
  const wanted = openDomain(await libvirt.xml(name)).portRequests();
  if (wanted.length === 0) return { changed: await ensureRunning(libvirt, name), ports: [] };
  if (switchSocket === undefined) {
    throw new Failed({
      thing: `domain ${name}`,
      problem: 'its vhost-user sockets are on another host, out of reach of the switch here',
      remedy:
        "run 'vmlane domain start' there, or name its switch's forwarded socket with --control-socket",
    });
  }
  const client = await SwitchClient.connect(switchSocket);
  try {
    return await startOnPorts(libvirt, name, client, wanted);
  } finally {
    client.close();
  }
}

/** Starts a guest once the switch has these ports; they are as before when the start fails. */
export async function startOnPorts(
  libvirt: Pick<Libvirt, 'state' | 'start'>,
  name: string,
  client: Pick<SwitchClient, 'ports' | 'addPort' | 'removePort' | 'setPort'>,
  wanted: PortRequest[],
): Promise<DomainStart> {
  const { ports, undo } = await registerPorts(client, wanted);
  try {
    return { changed: await ensureRunning(libvirt, name), ports };
  } catch (error) {
    throw await undoneAfter(error, undo);
  }
}

/** Starts the guest unless it runs; true when that was needed. */
async function ensureRunning(libvirt: Pick<Libvirt, 'state' | 'start'>, name: string) {
  const state = await libvirt.state(name);
  if (state === 'running' || state === 'idle') return false;
  const remedy = HALFWAY[state];
  if (remedy) {
    throw new Failed({ thing: `domain ${name}`, problem: `cannot be started: ${state}`, remedy });
  }
  await libvirt.start(name);
  return true;
}

/** Remedies for states in which a guest is there but does not run. */
const HALFWAY: Partial<Record<DomainState, string>> = {
  paused: "continue it with 'virsh resume'",
  pmsuspended: "wake it with 'virsh dompmwakeup'",
  'in shutdown': 'wait until it is off',
};
