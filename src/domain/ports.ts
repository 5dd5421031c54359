import type { PortRequest } from '../contract/types.js';
import { InvalidInput } from '../values/errors.js';
import { portName } from '../values/port-name.js';
import { readDomain } from '../xml/read.js';
import { domainName, vhostUserInterfaces } from './inspect.js';
import { keptSettings } from './kept-settings.js';

/**
 * The switch's ports that a domain's vhost-user NICs ask for, in the NICs' order: whoever of QEMU and
 * switch is not named there dials. What neither XML nor `<metadata>` says is left out, so that a port keeps it.
 * Only of NICs whose socket's path is `ours`; the others count for the names.
 * @throws InvalidInput as vhostUserInterfaces, for two NICs on one socket, and for settings that cannot be: a guest
 * must not come into no VLAN because somebody has mistyped it
 */
export function portRequests(
  xml: string,
  ours: (path: string) => boolean = () => true,
): PortRequest[] {
  const name = domainName(xml);
  const all = vhostUserInterfaces(xml).map((nic, index): PortRequest => {
    const { path, mode, mac, vlan, spoofchk, addressLimit, floodLimit } = nic;
    return {
      name: portName(name, index),
      path,
      mode: mode === 'server' ? 'client' : 'server',
      ...(vlan !== undefined && { vlan }),
      ...(spoofchk && mac !== undefined && { mac }),
      ...(addressLimit !== undefined && { address_limit: addressLimit }),
      ...(floodLimit !== undefined && { flood_limit: floodLimit }),
    };
  });
  const ports = all.filter(({ path }) => ours(path));
  const [trouble] = ports.length > 0 ? keptSettings(readDomain(xml)).troubles : [];
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
