/** The ports of the NICs that qemu-wrap moves to the switch, from domain XML. */
import type { PortRequest } from '../../contract/types.js';
import { hasOtherMacs, isNamed, type NicNames } from '../../qemu/nics/choose.js';
import { wrappedPort } from '../../qemu/nics/ports.js';
import type { NicChoice, Policy } from '../../qemu/policy.js';
import { InvalidInput } from '../../values/errors.js';
import { guestSocket } from '../../values/guest-socket.js';
import { attribute, childrenOf } from '../../xml/element.js';
import { type AttachedNetwork, attachedTo, unattached } from './attached.js';
import { type KeptSettings, merged } from './kept-settings.js';
import { type DomainNic, VIRTIO } from './nics.js';
import { nicSettings } from './pinned.js';
import { checked, settled } from './port-requests.js';
import type { PortSettings } from './port-settings.js';
import { promised, tagsOf } from './promised.js';
import { unserved } from './unserved.js';

/** What is asked for the ports of: a Domain. */
interface Asking {
  name: string;
  uuid: string | undefined;
  nics: readonly DomainNic[];
  wrappedNetdevs: readonly (string | undefined)[];
  keptSettings: KeptSettings;
}

/** libvirt gives QEMU a tap for these. */
const ON_A_TAP = ['bridge', 'network', 'direct', 'ethernet'];

/**
 * Domain.wrappedPortRequests. The wrapper takes its choice from QEMU's arguments, in which these NICs are; of
 * `nics: vhost` only they tell whether the kernel's vhost was there for a NIC, which is taken for granted here.
 */
export function wrappedPortRequestsOf(
  domain: Asking,
  { nics, backend }: Policy,
  networks: readonly AttachedNetwork[],
): PortRequest[] {
  if (backend.kind !== 'vhost-user') return [];
  const ports = domain.nics.flatMap((nic, index) => {
    const netdev = domain.wrappedNetdevs[index];
    if (netdev === undefined || !isChosen(nic, netdev, nics)) return [];
    const port = wrappedPort(backend, domain, netdev);
    const { settings } = domain.keptSettings;
    // The guest's name for the folder is what people write, and what it was in older versions.
    const named = guestSocket(backend.socketDir, domain.name, netdev);
    const own = merged(settings.get(named), settings.get(port.path) ?? {});
    const kept = { ...(hasOtherMacs(namesOf(nic, netdev), backend) && { pinned: false }), ...own };
    const all = merged(promisedTo(nic, domain.name, networks), kept);
    return [settled(port, nicSettings(nic, all))];
  });
  return checked(domain, ports);
}

/** A NIC that leaves its network behind when qemu-wrap moves it. */
export interface UnattachedNic {
  index: number;
  mac: string | undefined;
  problem: string;
  remedy: string;
}

/** Domain.unattachedNics. */
export function unattachedNicsOf(
  domain: Pick<Asking, 'nics' | 'wrappedNetdevs'>,
  { nics, backend }: Policy,
  networks: readonly AttachedNetwork[],
): UnattachedNic[] {
  if (backend.kind !== 'vhost-user') return [];
  return domain.nics.flatMap((nic) => {
    const netdev = domain.wrappedNetdevs[nic.index];
    if (netdev === undefined || !isChosen(nic, netdev, nics) || attachedTo(nic, networks))
      return [];
    return [{ index: nic.index, mac: nic.mac, ...unattached(nic) }];
  });
}

function isChosen(nic: DomainNic, netdev: string, choice: NicChoice): boolean {
  if (!ON_A_TAP.includes(nic.type) || !VIRTIO.includes(nic.model)) return false;
  if (unserved(nic.element)) return false;
  if (choice === 'virtio') return true;
  const [driver] = childrenOf(nic.element, 'driver');
  if (choice === 'vhost') return attribute(driver, 'name') !== 'qemu';
  return choice.some((selector) => isNamed(namesOf(nic, netdev), selector));
}

function namesOf({ mac, target }: DomainNic, netdev: string): NicNames {
  const ids = [netdev, netdev.replace(/^host/, '')];
  return { mac, ids, taps: target === undefined ? [] : [target] };
}

/**
 * The VLAN of a NIC's network at the switch, or those that libvirt gives the NIC; its isolation and limits.
 * @throws InvalidInput for what no port can give, and for VLANs within such a network
 */
function promisedTo(
  nic: DomainNic,
  name: string,
  networks: readonly AttachedNetwork[],
): PortSettings {
  const leave = 'name the NICs that qemu-wrap is to move: nics in its settings';
  const refuse = (problem: string, remedy: string) =>
    new InvalidInput({ thing: `domain ${name}: NIC ${nic.index}`, problem, remedy });
  const settings = promised(nic.element, (problem, remedy) =>
    refuse(problem, `${remedy}, or ${leave}`),
  );
  const network = attachedTo(nic, networks);
  if (!network) return settings;
  const tags = tagsOf(nic.element);
  if (tags.length === 0) return { ...settings, vlan: network.vlan };
  const problem = `it is in VLAN ${tags.join(', ')} of ${nic.type} ${nic.source}, and the switch's network ${network.name} carries no VLANs`;
  throw refuse(problem, leave);
}
