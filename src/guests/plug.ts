import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Domain,
  keepPortSettings,
  memoryTrouble,
  openDomain,
  pluggedXml,
  type VhostUserInterface,
} from '../domain/index.js';
import type { Libvirt } from '../libvirt/index.js';
import { mac as macSchema } from '../spec/fields.js';
import {
  type Port,
  type PortRequest,
  portName,
  registerPorts,
  undoneAfter,
} from '../switch/index.js';
import { Failed, InvalidInput } from '../values/errors.js';
import { guestSocket, RECONNECT_SECONDS, USUAL_LISTENER } from '../values/guest-socket.js';
import { GUEST_FOLDER } from '../values/socket-path.js';
import { checkStart } from './checks.js';
import { type GuestHost, mustReach, type PortsClient } from './host.js';
import { memoryFileFact } from './memory-files.js';
import { networkNamed } from './networks.js';
import { at, ownPorts } from './ports.js';
import { type RemovedPorts, removePorts } from './remove-ports.js';
import { readStartFacts } from './start-facts.js';

type Plugging = 'xml' | 'state' | 'attach' | 'detach' | 'definition' | 'define';

/** The NIC to plug in. */
export interface NicRequest {
  /** In any case; absent: a random one of QEMU's range. */
  mac?: string | undefined;
  /** Queue pairs; 1 by default. */
  queues?: number | undefined;
  /** VLAN of its port; none by default. */
  vlan?: number | undefined;
  /** The network of the switch that it comes into, instead of a VLAN. */
  network?: string | undefined;
  /** Whether its guest may send from its MAC only, as it is by default. */
  pinned?: boolean | undefined;
  /** Folder of the guests' folders of sockets; /run/vmlane/guests by default. */
  socketDir?: string | undefined;
}

/** How a NIC is plugged or unplugged. */
export interface PlugOptions {
  /** Changes the domain's definition, too. */
  persistent?: boolean | undefined;
  /** Changes nothing, and returns what would be done. */
  dryRun?: boolean | undefined;
}

/** The NIC, and its port; `present`: the guest had a vhost-user NIC with this address already. */
export interface PluggedNic {
  changed: boolean;
  present: boolean;
  mac: string;
  queues: number;
  port: PortRequest;
}

/** What was unplugged, from which socket, and what happened to the port. */
export interface UnpluggedNic {
  changed: boolean;
  path?: string;
  ports: RemovedPorts;
}

type PlannedNic = Omit<PluggedNic, 'changed'>;

/** How long a guest may take to release a NIC. */
const RELEASE_MS = 15_000;
const LOOK_MS = 200;

/**
 * Plugs a NIC on the switch into a running guest: adds the port, then the NIC, since QEMU waits for the switch.
 * Removes the port again if libvirt refuses. START_CHECKS apply to a NIC, too. Rejects before anything is
 * changed with InvalidInput, SwitchError, and Failed, also for a guest that is not running.
 */
export async function plugNic(
  host: GuestHost<Plugging>,
  name: string,
  request: NicRequest = {},
  { persistent = false, dryRun = false }: PlugOptions = {},
): Promise<PluggedNic> {
  const vlan = await vlanOf(host, request);
  const client = await mustReach(host, name);
  const present = await client.ports();
  await mustRun(host.libvirt, name);
  const domain = openDomain(await host.libvirt.xml(name));
  const planned = planNic(domain, name, present, { ...request, vlan });
  if (planned.present) return { changed: false, ...planned };
  const wanted = [planned.port];
  checkStart({
    ...{ guest: `domain ${name}`, wanted, ports: present },
    memory: memoryTrouble(domain, { running: true }) ?? null,
    ...(host.root !== undefined && {
      ...readStartFacts(wanted, { root: host.root }),
      memoryFile: memoryFileFact(domain, host.root),
    }),
  });
  if (!dryRun) await attach(host.libvirt, name, client, planned, persistent, request.network);
  return { changed: !dryRun, ...planned };
}

/** @throws InvalidInput for VLAN and network together, and a network that the switch does not have */
async function vlanOf(
  { networks }: Pick<GuestHost, 'networks'>,
  { network, vlan }: NicRequest,
): Promise<number | undefined> {
  if (network === undefined) return vlan;
  if (vlan === undefined) return networkNamed(network, await networks?.()).vlan;
  const problem = 'has no meaning with --network, which says the VLAN';
  throw new InvalidInput({ thing: `--vlan ${vlan}`, problem, remedy: 'give one of them' });
}

function planNic(
  domain: Domain,
  name: string,
  present: readonly Port[],
  { queues = 1, vlan, pinned = true, socketDir = GUEST_FOLDER, ...request }: NicRequest,
): PlannedNic {
  const mac = request.mac === undefined ? randomMac() : checkMac(request.mac);
  const nics = domain.vhostUserInterfaces;
  const same = nics.find((nic) => nic.mac === mac);
  if (same) return { mac, queues, port: { name: '', path: same.path }, present: true };
  // The first number that neither the guest nor the switch uses.
  for (let index = domain.nics.length; ; index++) {
    const port = {
      name: portName(name, index),
      path: guestSocket(socketDir, name, index),
    };
    const taken = (one: { path: string }) => one.path === port.path;
    if (nics.some(taken) || present.some((one) => one.name === port.name || taken(one))) continue;
    return {
      ...{ mac, queues, present: false },
      port: {
        ...{ ...port, listener: USUAL_LISTENER },
        ...{ mac, other_macs: pinned ? 0 : 1 },
        ...(domain.securityLabel !== undefined && { peer_label: domain.securityLabel }),
        ...(vlan !== undefined && { vlan }),
      },
    };
  }
}

async function attach(
  libvirt: Pick<Libvirt, Plugging>,
  name: string,
  client: PortsClient,
  { mac, queues, port }: PlannedNic,
  persistent: boolean,
  network: string | undefined,
): Promise<void> {
  const { undo } = await registerPorts(client, [port]);
  const pinned = !port.other_macs;
  const nic = { mac, socket: port.path, listener: USUAL_LISTENER, queues, pinned };
  const device = pluggedXml({ ...nic, reconnect: RECONNECT_SECONDS });
  const undoing = [undo];
  try {
    await libvirt.attach(name, device, persistent);
    undoing.unshift(() => libvirt.detach(name, device, persistent));
    const kept = {
      ...(port.vlan && { vlan: port.vlan }),
      ...(network !== undefined && { network }),
    };
    if (persistent && port.vlan) await keepSettings(libvirt, name, port.path, kept);
  } catch (error) {
    throw await undoneAfter(error, async () => {
      for (const step of undoing) await step();
    });
  }
}

/** libvirt stores no VLAN for such a NIC: without this the port would be in none after the next start. */
async function keepSettings(
  libvirt: Pick<Libvirt, Plugging>,
  name: string,
  path: string,
  kept: { vlan?: number; network?: string },
) {
  const before = openDomain(await libvirt.definition(name));
  const after = keepPortSettings(before, path, kept);
  if (after !== before.text) await libvirt.define(after);
}

/**
 * Unplugs the NIC with this address from a running guest, then removes its port from the switch. Rejects with
 * Failed if the guest does not release it, InvalidInput for an invalid address, and SwitchError.
 */
export async function unplugNic(
  host: GuestHost<Plugging>,
  name: string,
  address: string,
  { persistent = false }: Pick<PlugOptions, 'persistent'> = {},
): Promise<UnpluggedNic> {
  const { libvirt } = host;
  const client = await mustReach(host, name);
  const mac = checkMac(address);
  await mustRun(libvirt, name);
  const domain = openDomain(await libvirt.xml(name));
  const nic = domain.vhostUserInterfaces.find((one) => one.mac === mac);
  if (!nic) return { changed: false, ports: { removed: [], busy: [] } };
  const { path, mode } = nic;
  const listener = mode === 'server' ? 'qemu' : 'switch';
  const own = at(path, ownPorts([domain]));
  const plugged = { mac, socket: path, listener, queues: 1, pinned: true } as const;
  await libvirt.detach(name, pluggedXml(plugged), persistent);
  // libvirt only asks; a guest that is booting, or whose driver does not answer, keeps it.
  for (const end = Date.now() + RELEASE_MS; await nicOf(libvirt, name, mac); await sleep(LOOK_MS)) {
    if (Date.now() < end) continue;
    throw new Failed({
      thing: `domain ${name}`,
      problem: `the guest does not let go of ${mac}`,
      remedy: 'try again when it has booted; its port stays in the switch',
    });
  }
  if (persistent) await keepSettings(libvirt, name, path, {});
  return { changed: true, path, ports: await removePorts(client, own) };
}

async function nicOf(
  libvirt: Pick<Libvirt, Plugging>,
  name: string,
  mac: string,
): Promise<VhostUserInterface | undefined> {
  const { vhostUserInterfaces } = openDomain(await libvirt.xml(name));
  return vhostUserInterfaces.find((nic) => nic.mac === mac);
}

async function mustRun(libvirt: Pick<Libvirt, 'state'>, name: string): Promise<void> {
  const state = await libvirt.state(name);
  if (['running', 'idle', 'paused'].includes(state)) return;
  const problem = `it does not run: ${state}`;
  const remedy = "add the NIC to its definition: 'vmlane domain convert', or virsh edit";
  throw new Failed({ thing: `domain ${name}`, problem, remedy });
}

function checkMac(given: string): string {
  const { data, error } = macSchema.safeParse(given);
  if (data !== undefined) return data;
  const remedy = error?.issues[0]?.message ?? 'write 52:54:00:12:34:56';
  throw new InvalidInput({ thing: given || 'MAC', problem: 'is no unicast MAC address', remedy });
}

/** QEMU's range, as libvirt takes it. */
function randomMac(): string {
  return `52:54:00:${randomBytes(3)
    .toString('hex')
    .replace(/(..)(?=.)/g, '$1:')}`;
}
