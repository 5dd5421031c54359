/** What is left to do on both sides when a guest has moved. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Domain } from '../../domain/index.js';
import type { DomainInfo } from '../../libvirt/index.js';
import { migrationJob } from '../../libvirt/migrate.js';
import { type ConnectedHost, mustReach } from '../host.js';
import { guestPorts, ownPorts } from '../ports.js';
import { removePorts, type Tell } from '../remove-ports.js';

/** How long the guest's ports may take to be up there, once it runs. */
const UP_MS = 10_000;
const LOOK_MS = 100;

/** Where it was, and where it is. */
export interface Hosts {
  host: ConnectedHost;
  there: ConnectedHost;
}

/** How long it did not run, and how long all took, in ms, null where libvirt there does not say; its ports there. */
export interface Arrival {
  downtime_ms: number | null;
  elapsed_ms: number | null;
  ports: { name: string; state: string }[];
}

/** Brings autostart along, removes ports that are left here, and waits for those there. Rejects as libvirt and the switch do. */
export async function arrive(
  { host, there }: Hosts,
  { info, domain }: { info: DomainInfo; domain: Domain },
  tell: Tell,
): Promise<Arrival> {
  const { name, uuid } = info;
  const job = await migrationJob(there.uri, uuid, { completed: true });
  // libvirt takes the definition along, but not that.
  if (info.autostart) await there.libvirt.autostart(name, true);
  await leave(host, name, ownPorts([domain]), tell);
  return {
    downtime_ms: job?.downtimeMs ?? null,
    elapsed_ms: job?.elapsedMs ?? null,
    ports: await portsThere(there, name, tell),
  };
}

/** The hook here has removed its ports; without the hook, or if it was late, they go now. */
async function leave(
  host: ConnectedHost,
  name: string,
  own: ReturnType<typeof ownPorts>,
  tell: Tell,
): Promise<void> {
  if (own.none) return;
  const { busy } = await removePorts(await mustReach(host, name), own);
  for (const port of busy) tell(`port ${port}: somebody is connected to it here, so it stays`);
}

async function portsThere(
  there: ConnectedHost,
  name: string,
  tell: Tell,
): Promise<Arrival['ports']> {
  for (const end = Date.now() + UP_MS; ; await sleep(LOOK_MS)) {
    const ports = await guestPorts(there, name);
    if (ports === undefined) {
      const reached = await there.reach();
      if ('why' in reached) tell(`${name}: its ports there cannot be seen: ${reached.why}`);
      return [];
    }
    const all = ports.map((port) => ({ name: port.name, state: port.state }));
    if (ports.every(({ state }) => state === 'up') || Date.now() >= end) return all;
  }
}
