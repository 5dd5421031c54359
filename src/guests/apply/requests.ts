import type { Domain } from '../../domain/index.js';
import type { PortRequest } from '../../switch/index.js';
import { takingBack } from '../../switch/register.js';
import { InvalidInput } from '../../values/errors.js';

/** Requests for NICs that have a port now; settings that the domain no longer names are reset. */
export function requestsOf(
  domain: Domain,
  definition: Domain | undefined,
  has: (path: string) => boolean,
): PortRequest[] {
  const earlier = definition === undefined ? [] : lenient(definition);
  return domain
    .portRequests()
    .filter(({ path }) => has(path))
    .map((request) =>
      takingBack(
        request,
        earlier.find(({ path }) => path === request.path),
      ),
    );
}

/** Requests of the present definition; none if we would refuse it, as it is about to be replaced. */
function lenient(definition: Domain): PortRequest[] {
  try {
    return definition.portRequests();
  } catch (error) {
    if (error instanceof InvalidInput) return [];
    throw error;
  }
}
