/** What a claim becomes on the node: ports, their folders, and where the pod finds them. Pure. */
import { createHash } from 'node:crypto';
import type { PortRequest } from '../../contract/types.js';
import { InvalidInput } from '../../values/errors.js';
import { madeMac } from '../../values/made-mac.js';
import { type ClaimRef, mainRequest } from '../names.js';
import type { Device } from '../slices/devices.js';
import { type Allocated, type Claim, claimText, type SaidConfig } from './claim.js';
import { combined, overlaid } from './combine.js';
import { type PortConfig, readPortConfig } from './config.js';

/** Where sockets are in the pod. */
export const POD_FOLDER = '/var/run/vmlane';
/** What QEMU calls its socket. */
export const SOCKET = 'vhost.sock';

/** Most characters of an attribute. Source: DeviceAttributeMaxValueLength, api/resource/v1/types.go. */
const ATTRIBUTE_MAX = 64;

/** A device of a claim that is a port. */
export interface PlannedPort {
  /** As allocated: `REQUEST` or `REQUEST/ALTERNATIVE`. */
  request: string;
  pool: string;
  device: string;
  network: string;
  mtu: number;
  /** The folder of its socket on the node, and in the pod. */
  folder: string;
  podFolder: string;
  /** The port at the switch. */
  port: PortRequest;
}

/** A claim with its ports: what Prepare makes, and Unprepare takes back. */
export interface PlannedClaim extends ClaimRef {
  podClaim?: string | undefined;
  ports: PlannedPort[];
}

/** The node, as far as a claim meets it. */
export interface NodeSide {
  /** The pool's name. */
  node: string;
  devices: readonly Device[];
  /** The folder of all claims. */
  claims: string;
}

/** The folder of a claim on the node: by its UID, as users choose names. */
export function claimFolder(claims: string, uid: string): string {
  return `${claims}/${uid}`;
}

/**
 * The folder of a socket in the pod. The pod's names for it are the same where a guest migrates to; they are long
 * enough sometimes for the path to be none that an attribute may have.
 */
function folderInPod(names: string): string {
  const folder = `${POD_FOLDER}/${names}`;
  if (`${folder}/${SOCKET}`.length <= ATTRIBUTE_MAX) return folder;
  return `${POD_FOLDER}/${createHash('sha256').update(names).digest('hex').slice(0, 16)}`;
}

/** @throws InvalidInput for what its networks, or its class, do not give */
export function planClaim(claim: Claim, node: NodeSide): PlannedClaim {
  const { namespace, name, uid, podClaim, devices } = claim;
  const several = (request: string) =>
    devices.filter((one) => mainRequest(one.request) === request).length > 1;
  const ports = devices.map((one, index): PlannedPort => {
    const thing = `${claimText(claim)}: request ${one.request}`;
    const refuse = refusing(thing);
    const { network } = deviceOf(one, node, refuse);
    const config = configOf(claim, one.request, thing);
    fitsNetwork(config, network, thing);
    const folder = `${claimFolder(node.claims, uid)}/${index}`;
    const request = mainRequest(one.request);
    const own = several(request) ? `${request}/${index}` : request;
    const podFolder = folderInPod(`${podClaim ?? name}/${own}`);
    return {
      ...{ request: one.request, pool: one.pool, device: one.device, network: network.name },
      mtu: config.mtu ?? network.mtu,
      ...{ folder, podFolder },
      port: {
        name: `claim:${uid}.${index}`,
        path: `${folder}/${SOCKET}`,
        // Binding plugins write mode='server': QEMU listens, so that a switch that restarts dials again.
        listener: 'qemu',
        vlan: network.vlan,
        ...settingsOf({ ...config, mac: macOf(config, uid, index) }),
      },
    };
  });
  return { namespace, name, uid, ...(podClaim !== undefined && { podClaim }), ports };
}

type Refuse = (problem: string, remedy: string) => InvalidInput;

function refusing(thing: string): Refuse {
  return (problem, remedy) => new InvalidInput({ thing, problem, remedy });
}

function deviceOf(one: Allocated, node: NodeSide, refuse: Refuse): Device {
  if (one.pool !== node.node) {
    const problem = `device ${one.device} is of the pool ${one.pool}, and this is ${node.node}`;
    throw refuse(problem, "is --node-name this node's name?");
  }
  // It would be a second user of a port that somebody else has.
  if (one.adminAccess) throw refuse('asks for adminAccess, which no port has', 'leave it out');
  const found = node.devices.find((device) => device.name === one.device);
  if (found) return found;
  throw refuse(
    `this node has no device ${one.device} any more`,
    `was its network removed? 'vmlane network list' on ${node.node}`,
  );
}

/** What class and claim say of a request. */
function configOf(claim: Claim, request: string, thing: string): PortConfig {
  const of = (source: SaidConfig['source']) =>
    overlaid(
      claim.configs
        .filter((one) => one.source === source && concerns(one, request))
        .map((one) => readPortConfig(one.opaque?.parameters, `${thing}: ${WHOSE[source]}`)),
    );
  return combined(of('FromClass'), of('FromClaim'), thing);
}

const WHOSE = { FromClass: "the class's config", FromClaim: "the claim's config" } as const;

/** No list: all requests. A request's name is for its alternatives, too. */
function concerns({ requests }: SaidConfig, request: string): boolean {
  if (requests == null || requests.length === 0) return true;
  return requests.includes(request) || requests.includes(mainRequest(request));
}

/** The administrator's network is the bound: nobody chooses a VLAN that it has not. @throws InvalidInput */
function fitsNetwork(config: PortConfig, network: Device['network'], thing: string): void {
  const refuse = (key: string, problem: string, remedy: string): never => {
    throw new InvalidInput({ thing: `${thing}: ${key}`, problem, remedy });
  };
  if (config.network !== undefined && config.network !== network.name) {
    const problem = `is ${config.network}, and the device that it has is of ${network.name}`;
    refuse('network', problem, `select devices by the attribute network, or leave it out`);
  }
  if (config.vlan !== undefined && config.vlan !== network.vlan) {
    const problem = `is ${config.vlan}, and network ${network.name} has VLAN ${network.vlan} only`;
    refuse('vlan', problem, 'leave it out, or select another network');
  }
  if (config.mtu !== undefined && config.mtu > network.mtu) {
    const problem = `is ${config.mtu}, and network ${network.name} carries ${network.mtu}`;
    refuse('mtu', problem, `give at most ${network.mtu}, or leave it out`);
  }
}

/** Each port has one, and its guest sends from no other; undefined: the class lets guests send from any. */
function macOf({ mac, macs }: PortConfig, uid: string, index: number): string | undefined {
  if (mac !== undefined || macs === 'any') return mac;
  return madeMac(createHash('sha256').update(`${uid}/${index}`).digest('hex'));
}

/** In the switch's words. */
function settingsOf(config: PortConfig): Partial<PortRequest> {
  const { mac, isolated, addressLimit, floodLimit, bandwidth } = config;
  const { inbound, outbound } = bandwidth ?? {};
  const all = {
    mac: mac?.toLowerCase(),
    isolated: isolated === undefined ? undefined : Number(isolated),
    address_limit: addressLimit,
    flood_limit: floodLimit,
    ...{ inbound: inbound?.average, inbound_peak: inbound?.peak, inbound_burst: inbound?.burst },
    outbound: outbound?.average,
    outbound_peak: outbound?.peak,
    outbound_burst: outbound?.burst,
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}
