/** Networks of guests' NICs, by name: their VLAN is the guests' host's to say. */
import type { PortRequest } from '../contract/types.js';
import type { AttachedNetwork, Domain } from '../domain/index.js';
import { unknownNetwork } from '../networks/unknown.js';
import { InvalidInput } from '../values/errors.js';
import { shellWord } from '../values/shell.js';
import type { GuestHost } from './host.js';

/**
 * The networks of the guests' host, if one of the domains names any: another host is asked by ssh, which takes a
 * moment. Rejects as GuestHost.networks.
 */
export async function networksFor(
  { networks }: Pick<GuestHost, 'networks'>,
  domains: readonly Pick<Domain, 'keptSettings'>[],
): Promise<readonly AttachedNetwork[] | undefined> {
  const named = domains.some(({ keptSettings: { settings } }) =>
    [...settings.values()].some(({ network }) => network !== undefined),
  );
  return named ? networks?.() : undefined;
}

/**
 * The requests with the VLANs that their NICs' networks have on the guests' host: where the NIC was moved, or before the
 * network was made anew, it may have been another. `networks` undefined: those of another host that ssh does not reach,
 * as they were. `there`: the other host's name.
 * @throws InvalidInput for a network that its switch does not have, or that only another host knows
 */
export function inNetworks(
  domain: Pick<Domain, 'name' | 'keptSettings'>,
  requests: readonly PortRequest[],
  networks: readonly AttachedNetwork[] | undefined,
  there?: string,
): PortRequest[] {
  return requests.map((request) => {
    const { network: name, vlan } = domain.keptSettings.settings.get(request.path) ?? {};
    if (name === undefined || (!networks && vlan !== undefined)) return request;
    if (!networks) {
      const thing = `domain ${domain.name}`;
      throw elsewhere(thing, `a NIC of it is in network ${name}`, 'run this on that host');
    }
    const found = networks.find((one) => one.name === name);
    if (found) return { ...request, vlan: found.vlan };
    throw new InvalidInput({
      thing: `domain ${domain.name}`,
      problem: `a NIC of it is in network ${name}, which the switch does not have`,
      remedy: `make it${there === undefined ? '' : ` on ${there}`}: vmlane network add ${shellWord(name)}, with the bridge that it is attached to`,
    });
  });
}

/** The network of a NIC that is to be plugged in. @throws InvalidInput for one that the switch does not have */
export function networkNamed(
  name: string,
  networks: readonly AttachedNetwork[] | undefined,
): AttachedNetwork {
  if (!networks)
    throw elsewhere(`--network ${name}`, 'it is a name', 'run this there, or give --vlan');
  const found = networks.find((one) => one.name === name);
  if (found) return found;
  throw unknownNetwork(
    name,
    networks.map((one) => one.name),
  );
}

function elsewhere(thing: string, what: string, remedy: string): InvalidInput {
  const problem = `${what}, whose VLAN only the guest's own host knows`;
  return new InvalidInput({ thing, problem, remedy });
}
