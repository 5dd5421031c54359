/** Networks of a converted guest's NICs, by name: their VLAN is this host's to say. */
import type { PortRequest } from '../contract/types.js';
import type { AttachedNetwork, Domain } from '../domain/index.js';
import { InvalidInput } from '../values/errors.js';
import { shellWord } from '../values/shell.js';

/**
 * The requests with the VLANs that their NICs' networks have on this host: where the NIC was moved, or before the
 * network was made anew, it may have been another. `networks` undefined: those of another host, as they were.
 * @throws InvalidInput for a network that this host's switch does not have
 */
export function inNetworks(
  domain: Pick<Domain, 'name' | 'keptSettings'>,
  requests: readonly PortRequest[],
  networks: readonly AttachedNetwork[] | undefined,
): PortRequest[] {
  return requests.map((request) => {
    const name = domain.keptSettings.settings.get(request.path)?.network;
    if (name === undefined || !networks) return request;
    const found = networks.find((one) => one.name === name);
    if (found) return { ...request, vlan: found.vlan };
    throw new InvalidInput({
      thing: `domain ${domain.name}`,
      problem: `a NIC of it is in network ${name}, which this host's switch does not have`,
      remedy: `make it: vmlane network add ${shellWord(name)}, with the bridge that it is attached to`,
    });
  });
}
