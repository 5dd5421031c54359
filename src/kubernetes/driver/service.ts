/** kubelet's calls (dra/v1/api.proto): each claim has its answer, an error among them is that claim's alone. */
import { errorText } from '../../values/errors.js';
import type { ClaimRef } from '../names.js';
import { handlers, type serve, serviceOf } from '../rpc.js';
import type { Driver } from './driver.js';

interface Calls {
  claims: ClaimRef[];
}

/** Both versions that kubelets ask for; they have the same messages. Source: DRAPluginService in dra/v1/types.go. */
export const DRA_VERSIONS = ['v1.DRAPlugin', 'v1beta1.DRAPlugin'] as const;

export function draServices(driver: Driver): Parameters<typeof serve>[1] {
  const each = async <T extends object>(
    { claims }: Calls,
    act: (claim: ClaimRef) => Promise<T>,
  ): Promise<{ claims: Record<string, T | { error: string }> }> => {
    const answers: Record<string, T | { error: string }> = {};
    for (const claim of claims)
      answers[claim.uid] = await act(claim).catch((error) => ({ error: errorText(error) }));
    return { claims: answers };
  };
  const methods = handlers({
    NodePrepareResources: (calls: Calls) =>
      each(calls, async (claim) => ({ devices: await driver.prepare(claim) })),
    NodeUnprepareResources: (calls: Calls) =>
      each(calls, async (claim) => {
        await driver.unprepare(claim);
        return {};
      }),
  });
  return [
    [serviceOf('dra', 'k8s.io.kubelet.pkg.apis.dra.v1.DRAPlugin'), methods],
    [serviceOf('draBeta', 'k8s.io.kubelet.pkg.apis.dra.v1beta1.DRAPlugin'), methods],
  ];
}
