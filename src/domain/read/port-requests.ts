import type { PortRequest } from '../../contract/types.js';
import { InvalidInput } from '../../values/errors.js';
import { portName } from '../../values/port-name.js';
import type { KeptSettings } from './kept-settings.js';
import type { NicSettings } from './pinned.js';
import { settingValues } from './port-settings.js';
import { listenerOf, type VhostUserInterface } from './vhost-user.js';

/** The part of a Domain that is needed here. */
interface Asking {
  name: string;
  vhostUserInterfaces: readonly VhostUserInterface[];
  keptSettings: KeptSettings;
}

/** Domain.portRequests: only NICs with a socket that is `ours` get a request; the others count for the names. */
export function portRequestsOf(domain: Asking, ours: (path: string) => boolean): PortRequest[] {
  const { name } = domain;
  const all = domain.vhostUserInterfaces.map((nic, index): PortRequest => {
    const { path } = nic;
    return settled({ name: portName(name, index), path, listener: listenerOf(nic) }, nic);
  });
  return checked(
    domain,
    all.filter(({ path }) => ours(path)),
  );
}

/** A port with a NIC's MAC and the settings that are kept for it; others are left out, so that it keeps its own. */
export function settled(port: PortRequest, kept: NicSettings): PortRequest {
  const { mac, pinned } = kept;
  return {
    ...port,
    ...settingValues(kept),
    ...(mac !== undefined && pinned !== undefined && { mac, other_macs: pinned ? 0 : 1 }),
  };
}

/** @throws InvalidInput for settings that cannot be, and for two ports on one socket */
export function checked(
  domain: Pick<Asking, 'name' | 'keptSettings'>,
  ports: PortRequest[],
): PortRequest[] {
  const { name } = domain;
  const [trouble] = ports.length > 0 ? domain.keptSettings.troubles : [];
  if (trouble !== undefined) {
    const remedy = "correct <metadata> with 'virsh edit'";
    throw new InvalidInput({ thing: name, problem: trouble, remedy });
  }
  const twice = ports.find(({ path }, i) => ports.findIndex((one) => one.path === path) !== i);
  if (!twice) return ports;
  throw new InvalidInput({
    thing: name,
    problem: `two of its interfaces use the socket ${twice.path}`,
    remedy: "give each a socket of its own with 'virsh edit'",
  });
}
