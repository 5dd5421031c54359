/**
 * Device metadata for programs in the pod (KEP-5304): what the driver writes, and what the binding plugin reads.
 * Version v1alpha1 alone: KubeVirt 1.9 knows no other, and not all readers look beyond the first object of a file.
 * Source: api/metadata/v1alpha1/types.go of Kubernetes.
 */
import * as z from 'zod';
import { mac } from '../spec/fields.js';
import { InvalidInput } from '../values/errors.js';
import { readRecord } from '../values/json-record.js';
import { pathTrouble, SOCKET_PATH_MAX } from '../values/socket-path.js';
import { type PlannedClaim, type PlannedPort, SOCKET } from './claims/plan.js';
import { mainRequest } from './names.js';
import { MTU } from './slices/devices.js';

/** Keys that binding plugins look for. Source: README.md of kubevirt/vhostuser-network-binding-plugin. */
const PATH = 'vhost-user-path';
const MTU_KEY = 'mtu';
/** Ours: the only address that the guest may send from. */
const MAC_KEY = 'mac';

/** The file's content for one request of a claim. */
export function metadataOf(driver: string, claim: PlannedClaim, request: string): object {
  const { namespace, name, uid, podClaim, ports } = claim;
  const its = ports.filter((port) => mainRequest(port.request) === request);
  const full = [...new Set(its.map((port) => port.request))];
  return {
    kind: 'DeviceMetadata',
    apiVersion: 'metadata.resource.k8s.io/v1alpha1',
    // Written once and for all: a prepared claim does not change.
    metadata: { name, namespace, uid, generation: 1 },
    ...(podClaim !== undefined && { podClaimName: podClaim }),
    requests: full.map((one) => ({
      name: one,
      devices: its.filter((port) => port.request === one).map((port) => deviceOf(driver, port)),
    })),
  };
}

function deviceOf(driver: string, one: PlannedPort): object {
  const { pool, device, network, mtu, podFolder, port } = one;
  const attributes = {
    [PATH]: { string: `${podFolder}/${SOCKET}` },
    [MTU_KEY]: { int: mtu },
    network: { string: network },
    ...(port.mac != null && { [MAC_KEY]: { string: port.mac } }),
  };
  return { driver, pool, name: device, attributes };
}

/** A device as the binding plugin needs it. */
export interface PodDevice {
  path: string;
  mtu: number;
  /** Undefined: any. */
  mac: string | undefined;
}

const attributes = z.object({
  [PATH]: z.object({ string: z.string() }),
  [MTU_KEY]: z.object({ int: z.int().min(MTU.min).max(MTU.max) }),
  [MAC_KEY]: z.object({ string: mac }).optional(),
});

const schema = z.object({
  kind: z.literal('DeviceMetadata'),
  requests: z.array(z.object({ devices: z.array(z.object({ attributes })).min(1) })).min(1),
});

/** `file`: for messages. @throws InvalidInput for what no driver of ours has written, and for several devices */
export function readMetadata(text: string, file: string): PodDevice {
  const refuse = (problem: string, cause?: unknown) =>
    new InvalidInput(
      { thing: file, problem, remedy: "is the claim's driver vmlane-dra, of the same version?" },
      { cause },
    );
  const { requests } = readRecord(text, schema, refuse);
  const devices = requests.flatMap((one) => one.devices);
  const [first] = devices;
  if (first === undefined || devices.length > 1)
    throw refuse(`has ${devices.length} devices, and a NIC is one`);
  const path = first.attributes[PATH].string;
  const trouble = pathTrouble(path, SOCKET_PATH_MAX);
  if (trouble) throw refuse(`${PATH} ${trouble.problem}`);
  return { path, mtu: first.attributes[MTU_KEY].int, mac: first.attributes[MAC_KEY]?.string };
}
