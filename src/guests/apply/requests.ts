import type { AttachedNetwork, Domain } from '../../domain/index.js';
import type { PortRequest } from '../../switch/index.js';
import { takingBack } from '../../switch/register.js';
import { InvalidInput } from '../../values/errors.js';
import { inNetworks } from '../networks.js';
import type { PlanOptions } from './plan-options.js';

/** Requests for NICs that have a port now; settings that the domain no longer names are reset. */
export function requestsOf(
  domain: Domain,
  definition: Domain | undefined,
  has: (path: string) => boolean,
  { networks, there }: Pick<PlanOptions, 'networks' | 'there'>,
): PortRequest[] {
  const earlier = definition === undefined ? [] : lenient(definition, networks);
  const asked = domain.portRequests().filter(({ path }) => has(path));
  return inNetworks(domain, asked, networks, there).map((request) =>
    takingBack(
      request,
      earlier.find(({ path }) => path === request.path),
    ),
  );
}

/** Requests of the present definition; none if we would refuse it, as it is about to be replaced. */
function lenient(
  definition: Domain,
  networks: readonly AttachedNetwork[] | undefined,
): PortRequest[] {
  try {
    return inNetworks(definition, definition.portRequests(), networks);
  } catch (error) {
    if (error instanceof InvalidInput) return [];
    throw error;
  }
}
