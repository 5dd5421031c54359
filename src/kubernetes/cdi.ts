/**
 * The CDI file of a claim: what the container runtime mounts into containers that use it. Pure.
 * Source: SPEC.md of cncf-tags/container-device-interface.
 */
import type { PlannedClaim, PlannedPort } from './claims/plan.js';
import { claimFolder } from './claims/plan.js';
import { mainRequest, metadataPath } from './names.js';

/** The first in which a device's name may begin with a digit. */
const VERSION = '0.5.0';

/** The file of a claim, in the folder of such files. */
export function cdiFile(driver: string, uid: string): string {
  return `${driver}-${uid}.json`;
}

/** The UID of a claim whose file this is; undefined: another's file. */
export function uidOfCdiFile(driver: string, file: string): string | undefined {
  const [head, end] = [`${driver}-`, '.json'];
  if (!file.startsWith(head) || !file.endsWith(end)) return undefined;
  return file.slice(head.length, -end.length);
}

/** Requests of a claim that have ports, without names of alternatives, in their order. */
export function requestsOf({ ports }: Pick<PlannedClaim, 'ports'>): string[] {
  return [...new Set(ports.map(({ request }) => mainRequest(request)))];
}

/** Where the metadata of a request are on the node. */
export function metadataFile(claims: string, claim: PlannedClaim, request: string): string {
  return `${claimFolder(claims, claim.uid)}/metadata-${requestsOf(claim).indexOf(request)}.json`;
}

/** What kubelet is told of a port: its own device, and with the first of a request the request's metadata. */
export function cdiIds(driver: string, claim: PlannedClaim, port: PlannedPort): string[] {
  const request = mainRequest(port.request);
  const first = claim.ports.find((one) => mainRequest(one.request) === request);
  const names = [socketName(claim, port)];
  if (first === port) names.push(metadataName(claim, request));
  return names.map((name) => `${driver}/port=${name}`);
}

/** The file's content. */
export function cdiSpec(driver: string, claims: string, claim: PlannedClaim): object {
  const sockets = claim.ports.map((port) =>
    mounting(socketName(claim, port), port.folder, port.podFolder, 'rw'),
  );
  const metadata = requestsOf(claim).map((request) =>
    mounting(
      metadataName(claim, request),
      metadataFile(claims, claim, request),
      metadataPath(driver, claim, request),
      'ro',
    ),
  );
  return { cdiVersion: VERSION, kind: `${driver}/port`, devices: [...sockets, ...metadata] };
}

function socketName(claim: PlannedClaim, port: PlannedPort): string {
  return `${claim.uid}-${claim.ports.indexOf(port)}`;
}

function metadataName(claim: PlannedClaim, request: string): string {
  return `${claim.uid}-metadata-${requestsOf(claim).indexOf(request)}`;
}

/** Sockets and text: nothing there is a device, or to be run. */
function mounting(name: string, hostPath: string, containerPath: string, rights: 'ro' | 'rw') {
  const options = [rights, 'bind', 'nosuid', 'nodev', 'noexec'];
  const mount = { hostPath, containerPath, options };
  return { name, containerEdits: { mounts: [mount] } };
}
