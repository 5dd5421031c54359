import { type Domain, memoryTrouble, openDomain } from '../domain/index.js';
import type { DomainState } from '../libvirt/index.js';
import {
  type PortRequest,
  type Registration,
  registerPorts,
  undoneAfter,
} from '../switch/index.js';
import { Failed } from '../values/errors.js';
import { checkStart, type StartFacts } from './checks.js';
import { type GuestHost, type PortsClient, unreached } from './host.js';
import { memoryFileFact } from './memory-files.js';
import { mtuFact } from './mtu.js';
import { inNetworks, networksFor } from './networks.js';
import { labelled } from './ports.js';
import { relayMacFact } from './relay-vfs.js';
import { readStartFacts, settledPorts } from './start-facts.js';
import { isOn, NOT_RUNNING } from './states.js';

/** Result of a start: `changed` is false if the guest was running already. */
export interface GuestStart {
  changed: boolean;
  ports: Registration['ports'];
}

type Starting = GuestHost<'xml' | 'state' | 'start'>;

/**
 * Starts a defined guest once the switch has a port for each of its vhost-user interfaces and all
 * START_CHECKS hold. A guest without such interfaces needs no switch. If the start fails, the ports
 * are restored. Ports of a guest that runs already are registered, too.
 * Rejects before anything is changed with SwitchError, Failed or InvalidInput if a check fails.
 */
export async function startGuest(host: Starting, name: string): Promise<GuestStart> {
  const domain = openDomain(await host.libvirt.xml(name));
  return startOnPorts(host, name, { domain, wanted: domain.portRequests() });
}

/** A guest to start. */
export interface Wanted {
  domain: Domain;
  wanted: PortRequest[];
}

/** Starts a guest on these ports. Rejects as startGuest. */
export async function startOnPorts(
  host: GuestHost<'state' | 'start'>,
  name: string,
  { domain, wanted: asked }: Wanted,
): Promise<GuestStart> {
  const { libvirt } = host;
  const wanted = inNetworks(domain, asked, await networksFor(host, [domain]), host.there);
  const state = await libvirt.state(name);
  const running = mustStartOrRun(name, state);
  const start = async () => {
    if (!running) await libvirt.start(name);
    return !running;
  };
  if (wanted.length === 0) return { changed: await start(), ports: [] };
  const client = await checkedSwitch(host, name, { domain, wanted, running });
  const { ports, undo } = await registerPorts(client, labelled(domain, wanted));
  try {
    return { changed: await start(), ports };
  } catch (error) {
    throw await undoneAfter(error, undo);
  }
}

/** The switch, once all checks hold. A running guest may keep its own sockets and ports. */
export async function checkedSwitch(
  host: Pick<GuestHost, 'reach' | 'root'>,
  name: string,
  { domain, wanted, running = false }: Wanted & { running?: boolean },
): Promise<PortsClient> {
  const reached = await host.reach();
  const { client } = reached;
  checkStart({
    ...{ guest: `domain ${name}`, wanted, memory: memoryTrouble(domain) ?? null },
    unreachable: client ? null : unreached(name, reached),
    ...(client && { mtu: await mtuFact(client, domain, wanted) }),
    ...(host.root !== undefined && { memoryFile: memoryFileFact(domain, host.root) }),
    ...(!running && (await freshFacts(host.root, client, { domain, wanted }))),
  });
  if (!client) throw unreached(name, reached);
  return client;
}

async function freshFacts(
  root: string | undefined,
  client: PortsClient | undefined,
  { domain, wanted }: Wanted,
): Promise<Partial<StartFacts>> {
  const ports = client && (await settledPorts(client, wanted));
  const isHere = ports && root !== undefined;
  return {
    ...(root !== undefined && readStartFacts(wanted, { root })),
    ...(isHere && { relayMac: await relayMacFact({ domain, wanted, ports }, { root }) }),
    ...(ports && { ports }),
  };
}

/** Whether it runs. @throws Failed for a guest that is active but does not run, such as a paused one */
function mustStartOrRun(name: string, state: DomainState): boolean {
  // One that crashed can be started.
  const remedy = state === 'crashed' ? undefined : NOT_RUNNING[state];
  if (!remedy) return isOn(state);
  throw new Failed({ thing: `domain ${name}`, problem: `cannot be started: ${state}`, remedy });
}
