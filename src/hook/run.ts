import type { PortRequest } from '../contract/types.js';
import { type Domain, memoryTrouble } from '../domain/index.js';
import { checkStart } from '../guests/checks.js';
import { memoryFileFact } from '../guests/memory-files.js';
import { mtuFact } from '../guests/mtu.js';
import { inNetworks } from '../guests/networks.js';
import {
  isBelow,
  labelled,
  type OwnPorts,
  openGuest,
  ownPorts,
  wantedPorts,
} from '../guests/ports.js';
import { relayMacFact } from '../guests/relay-vfs.js';
import { removePorts } from '../guests/remove-ports.js';
import { readStartFacts, settledPorts } from '../guests/start-facts.js';
import type { HookSettings } from '../host/hook/settings.js';
import { loadSettings } from '../host/wrap/settings/index.js';
import { attachNetworks } from '../networks/attach.js';
import { networksOf } from '../networks/records.js';
import { SwitchClient } from '../switch/client.js';
import { SwitchError } from '../switch/errors.js';
import { registerPorts } from '../switch/register.js';
import { Failed } from '../values/errors.js';
import { actionOf } from './operations.js';

/** Time limit for hello, which takes a millisecond. A refused start needs two: libvirt calls release, too. */
const HELLO_MS = { register: 2000, 'register late': 2000, remove: 1000 } as const;
/**
 * Time limit for all later requests. With Node's own start, the hook takes 5 s at most, and for a guest in a network
 * a second more for each call of `ip` (networks/attach.ts).
 */
const PORTS_MS = 2000;
/** How long to wait for the switch to notice that QEMU is gone. */
const PATIENCE_MS = 1000;
/** Time limit for `ip`, which says VFs' MACs: within that of the requests, so that it is what is blamed. */
const IP_MS = 500;

/**
 * Handles one call of the hook, with libvirt's arguments (guest, operation, sub-operation, extra) and the
 * domain's XML; `root` stands for `/` where the host is looked at. libvirt waits and holds the guest's lock
 * meanwhile, so nothing here may ask libvirt.
 * Rejects to refuse the start, or if ports could not be removed: InvalidInput, Failed.
 */
export async function runHook(
  settings: HookSettings,
  [guest = '', operation = '', subOperation = '']: readonly string[],
  xml: string,
  root = '/',
): Promise<void> {
  const { switch: socket, socketDirs } = settings;
  const action = actionOf(operation, subOperation);
  const domain = action && openGuest(xml);
  if (!domain) return;
  if (action === 'remove') {
    const own = ownPorts([domain], socketDirs);
    if (!own.none) await withSwitch(socket, HELLO_MS[action], (client) => remove(client, own));
    return;
  }
  const isLate = action === 'register late';
  const native = wantedPorts(domain, socketDirs);
  const wanted = isLate
    ? await wantedWhenWrapped(domain, settings)
    : inNetworks(domain, native, networksOf(socket));
  const label = isLate ? domain.securityLabel : undefined;
  if (wanted.length === 0 && (label === undefined || native.length === 0)) return;
  const vlans = wanted.map(({ vlan }) => vlan ?? 0);
  if (wanted.length > 0) await attachNetworks(socket, networksOf(socket), vlans);
  await withSwitch(socket, HELLO_MS[action], async (client) => {
    if (label !== undefined) await giveLabel(client, label, native);
    if (wanted.length > 0) await register(client, { guest, domain, wanted, root });
  });
}

/** By the settings that the wrapper will have: files, and the domain's variables, but none of libvirtd's. */
async function wantedWhenWrapped(
  domain: Domain,
  { switch: socket, socketDirs }: HookSettings,
): Promise<PortRequest[]> {
  if (!domain.isWrapped) return [];
  const { name, uuid, variables } = domain;
  const { policy } = await loadSettings(variables, { name, uuid });
  const wanted = domain.wrappedPortRequests(policy, networksOf(socket));
  return wanted.filter(({ path }) => isBelow(path, socketDirs));
}

interface Starting {
  guest: string;
  domain: Domain;
  wanted: PortRequest[];
  root: string;
}

/** Dials first: on a fresh host the switch is what the user has to start. */
async function register(
  client: SwitchClient,
  { guest, domain, wanted, root }: Starting,
): Promise<void> {
  const ports = await settledPorts(client, wanted, PATIENCE_MS);
  checkStart({
    ...{ guest: `domain ${guest}`, wanted, memory: memoryTrouble(domain) ?? null },
    ...{ ...readStartFacts(wanted, { root }), memoryFile: memoryFileFact(domain, root) },
    mtu: await mtuFact(client, domain, wanted),
    relayMac: await relayMacFact({ domain, wanted, ports }, { root, deadlineMs: IP_MS }),
    ports,
  });
  await registerPorts(client, labelled(domain, wanted));
}

/**
 * Tells the ports of native NICs QEMU's label, which disconnects another guest's QEMU that has dialled since prepare/begin:
 * there, each was found free. Not those of wrapped NICs, which nothing has looked at yet: they get it when they are
 * registered. A switch that is too old shows no label.
 */
async function giveLabel(
  client: SwitchClient,
  label: string,
  requests: readonly PortRequest[],
): Promise<void> {
  const paths = new Set(requests.map(({ path }) => path));
  for (const { name, path, peer_label: now } of await client.ports()) {
    if (path === null || !paths.has(path) || now === undefined || now === label) continue;
    await client.setPort({ name, peer_label: label });
  }
}

async function remove(client: SwitchClient, own: OwnPorts): Promise<void> {
  const [used] = (await removePorts(client, own, PATIENCE_MS)).busy;
  if (!used) return;
  throw new Failed({
    thing: `port ${used}`,
    problem: 'somebody is still connected to it, so it stays',
    remedy: `see who uses it: 'vmlane switch ports'; 'vmlane switch remove' takes it away`,
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
