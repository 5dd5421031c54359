import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  checkPluggable,
  keepPortSettings,
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
  type SwitchClient,
  undoneAfter,
} from '../switch/index.js';
import { Failed, InvalidInput } from '../values/errors.js';

type Plugging = Pick<Libvirt, 'xml' | 'state' | 'attach' | 'detach' | 'definition' | 'define'>;
type Ports = Pick<SwitchClient, 'ports' | 'addPort' | 'removePort' | 'setPort'>;

export interface NicRequest {
  /** Any case; absent: a random one of QEMU's range. */
  mac?: string | undefined;
  queues: number;
  vlan?: number | undefined;
  socketDir: string;
}

export interface PlannedNic {
  mac: string;
  queues: number;
  port: PortRequest;
  /** The guest has a vhost-user NIC with this address already. */
  present: boolean;
}

/** How long a guest may take to let go of a NIC. */
const RELEASE_MS = 15_000;
const LOOK_MS = 200;

/** What attaching would do; changes nothing. Throws InvalidInput, Failed for a guest that is not running. */
export async function planNic(
  libvirt: Plugging,
  name: string,
  present: readonly Port[],
  request: NicRequest,
): Promise<PlannedNic> {
  const { queues, vlan, socketDir } = request;
  const mac = request.mac === undefined ? randomMac() : checkMac(request.mac);
  await mustRun(libvirt, name);
  const domain = openDomain(await libvirt.xml(name));
  checkPluggable(domain, name);
  const nics = domain.vhostUserInterfaces;
  const same = nics.find((nic) => nic.mac === mac);
  if (same) return { mac, queues, port: { name: '', path: same.path }, present: true };
  // The first number that neither the guest nor the switch has used.
  for (let index = domain.nics.length; ; index++) {
    const port = {
      name: portName(name, index),
      path: join(socketDir, `${portName(name, index)}.sock`),
    };
    const taken = (one: { path: string }) => one.path === port.path;
    if (nics.some(taken) || present.some((one) => one.name === port.name || taken(one))) continue;
    return {
      ...{ mac, queues, present: false },
      port: { ...port, mode: 'client', ...(vlan !== undefined && { vlan }) },
    };
  }
}

/**
 * Adds the port, then the NIC: QEMU waits for its peer. The port goes again when libvirt refuses.
 * persistent: also in the domain's definition.
 */
export async function attachNic(
  libvirt: Plugging,
  name: string,
  client: Ports,
  { mac, queues, port }: PlannedNic,
  persistent: boolean,
): Promise<void> {
  const { undo } = await registerPorts(client, [port]);
  const device = pluggedXml({ mac, socket: port.path, mode: 'server', queues });
  const undoing = [undo];
  try {
    await libvirt.attach(name, device, persistent);
    undoing.unshift(() => libvirt.detach(name, device, persistent));
    if (persistent && port.vlan) await keepVlan(libvirt, name, port.path, port.vlan);
  } catch (error) {
    throw await undoneAfter(error, async () => {
      for (const step of undoing) await step();
    });
  }
}

/** libvirt keeps no VLAN of such a NIC: without this the next start would be in none. */
async function keepVlan(libvirt: Plugging, name: string, path: string, vlan: number | undefined) {
  const before = openDomain(await libvirt.definition(name));
  const after = keepPortSettings(before, path, vlan === undefined ? {} : { vlan });
  if (after !== before.text) await libvirt.define(after);
}

/** Takes the NIC with this address off a running guest, then its port off the switch. */
export async function detachNic(
  libvirt: Plugging,
  name: string,
  client: Ports,
  address: string,
  persistent: boolean,
): Promise<{ changed: boolean; path?: string }> {
  const mac = checkMac(address);
  await mustRun(libvirt, name);
  const nic = await nicOf(libvirt, name, mac);
  if (!nic) return { changed: false };
  const { path } = nic;
  await libvirt.detach(
    name,
    pluggedXml({ mac, socket: path, mode: 'server', queues: 1 }),
    persistent,
  );
  // libvirt only asks; a guest that is booting, or whose driver does not answer, keeps it.
  for (const end = Date.now() + RELEASE_MS; await nicOf(libvirt, name, mac); await sleep(LOOK_MS)) {
    if (Date.now() < end) continue;
    throw new Failed({
      thing: `domain ${name}`,
      problem: `the guest does not let go of ${mac}`,
      remedy: 'try again when it has booted; its port stays in the switch',
    });
  }
  if (persistent) await keepVlan(libvirt, name, path, undefined);
  const port = (await client.ports()).find((one) => one.path === path);
  if (port) await client.removePort(port.name);
  return { changed: true, path };
}

async function nicOf(
  libvirt: Plugging,
  name: string,
  mac: string,
): Promise<VhostUserInterface | undefined> {
  const { vhostUserInterfaces } = openDomain(await libvirt.xml(name));
  return vhostUserInterfaces.find((nic) => nic.mac === mac);
}

async function mustRun(libvirt: Plugging, name: string): Promise<void> {
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
