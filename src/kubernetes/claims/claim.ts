/** A ResourceClaim as the API server gives it: what of it matters here, checked. */
import * as z from 'zod';
import { InvalidInput } from '../../values/errors.js';
import { pathText } from '../../values/problems.js';
import { type ClaimRef, dnsLabel, dnsSubdomain, requestName, uid } from '../names.js';

/** Set on claims that are made of a template. Source: PodResourceClaimAnnotation, api/resource/v1/types.go. */
const POD_CLAIM = 'resource.kubernetes.io/pod-claim-name';

const result = z.object({
  request: requestName,
  driver: z.string(),
  pool: z.string(),
  device: dnsLabel,
  adminAccess: z.boolean().nullish(),
});

const config = z.object({
  source: z.enum(['FromClass', 'FromClaim']),
  requests: z.array(z.string()).nullish(),
  opaque: z.object({ driver: z.string(), parameters: z.unknown() }).nullish(),
});

const schema = z.object({
  metadata: z.object({
    namespace: dnsLabel,
    name: dnsSubdomain,
    uid,
    annotations: z.object({ [POD_CLAIM]: dnsLabel.optional() }).nullish(),
  }),
  status: z
    .object({
      allocation: z
        .object({
          devices: z
            .object({ results: z.array(result).nullish(), config: z.array(config).nullish() })
            .nullish(),
        })
        .nullish(),
    })
    .nullish(),
});

/** A device that a claim has got. */
export type Allocated = z.infer<typeof result>;

/** What was said of the devices, and by whom. */
export type SaidConfig = z.infer<typeof config>;

/** A claim, and its devices of this driver. */
export interface Claim extends ClaimRef {
  /** The pod's own name for it, if it was made of a template. */
  podClaim: string | undefined;
  devices: Allocated[];
  configs: SaidConfig[];
}

/** How a claim is called in messages. */
export function claimText({ namespace, name }: Pick<ClaimRef, 'namespace' | 'name'>): string {
  return `claim ${namespace}/${name}`;
}

/**
 * Reads an answer of the API server.
 * @throws InvalidInput for another claim than the one that was asked for, one without a device of the driver's, and
 * what no API server would say
 */
export function readClaim(answer: unknown, asked: ClaimRef, driver: string): Claim {
  const thing = claimText(asked);
  const refuse = (problem: string, remedy: string) => new InvalidInput({ thing, problem, remedy });
  const { success, data, error } = schema.safeParse(answer);
  if (!success) {
    const [issue] = error.issues;
    const where = pathText(issue?.path ?? []);
    throw refuse(
      `the API server's answer is not a claim${where === '' ? '' : ` (${where})`}`,
      'is this its own address, and does it serve resource.k8s.io/v1?',
    );
  }
  const { metadata, status } = data;
  if (metadata.uid !== asked.uid) {
    const problem = `it has the UID ${metadata.uid} now, not ${asked.uid}`;
    throw refuse(problem, 'it was deleted and made anew: start the pod anew');
  }
  const { results, config: configs } = status?.allocation?.devices ?? {};
  const ours = (results ?? []).filter((one) => one.driver === driver);
  if (ours.length === 0) {
    const problem = `no device of ${driver} is allocated to it`;
    throw refuse(problem, 'see its status: kubectl describe resourceclaim');
  }
  const { namespace, name, annotations } = metadata;
  return {
    ...{ namespace, name, uid: metadata.uid },
    podClaim: annotations?.[POD_CLAIM],
    devices: ours,
    configs: (configs ?? []).filter((one) => one.opaque?.driver === driver),
  };
}
