/** Names that come from a cluster, checked before they become parts of paths; and the paths that others look at. */
import * as z from 'zod';

/** As Kubernetes checks them. Source: IsDNS1123Label, IsDNS1123Subdomain in apimachinery's validation. */
const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

/** The driver's name unless somebody gives it another, and of what claims say to it. */
export const DRIVER_NAME = 'vmlane.io';

export const dnsLabel = z.string().max(63).regex(LABEL);
export const dnsSubdomain = z.string().max(253).regex(SUBDOMAIN);

/** A UUID as the API server makes them; part of paths on the node, and of the names of ports. */
export const uid = z.string().regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);

/** A request, or one of its alternatives: `port`, `port/large`. Source: DeviceRequestAllocationResult. */
export const requestName = z
  .string()
  .max(127)
  .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\/[a-z0-9]([-a-z0-9]*[a-z0-9])?)?$/);

/** Which claim it is, as kubelet says. */
export interface ClaimRef {
  namespace: string;
  name: string;
  uid: string;
}

/** The request without the name of an alternative: of paths and of what a pod asks for. */
export function mainRequest(request: string): string {
  return request.split('/')[0] as string;
}

/** Where programs in the pod find the metadata of devices (KEP-5304). Source: api/metadata/types.go of Kubernetes. */
export const METADATA_FOLDER = '/var/run/kubernetes.io/dra-device-attributes';

/**
 * That of one request. `podClaim`: the pod's own name for a claim that was made of a template; without one the claim's
 * name is the key. Source: ResourceClaimFilePath, ResourceClaimTemplateFilePath in api/metadata/helpers.go.
 */
export function metadataPath(
  driver: string,
  claim: { name: string; podClaim?: string | undefined },
  request: string,
  above = METADATA_FOLDER,
): string {
  const [kind, key] =
    claim.podClaim === undefined
      ? ['resourceclaims', claim.name]
      : ['resourceclaimtemplates', claim.podClaim];
  return `${above}/${kind}/${key}/${request}/${driver}-metadata.json`;
}
