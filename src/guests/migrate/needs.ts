/** What a running guest needs of the host that it is to move to. */
import type { Port } from '../../contract/types.js';
import type { AttachedNetwork, Domain } from '../../domain/index.js';
import { largeMtu } from '../../domain/index.js';
import { attachedTo } from '../../domain/read/attached.js';
import type { DomainState } from '../../libvirt/index.js';
import type { Version } from '../../qemu/host.js';
import { nicLabel } from '../../values/nic-label.js';
import { childrenOf } from '../../xml/element.js';
import { portOfDomainNic } from '../ports.js';

/** A NIC on the switch. */
export interface NicNeeds {
  /** As messages call it: `NIC 0 (52:54:00:00:00:0a)`. */
  label: string;
  /** Its socket in the domain; absent: qemu-wrap chooses it there. */
  path?: string;
  /** Negotiated features in hexadecimal, and queue pairs; absent: its guest is not connected. */
  features?: string;
  queues?: number;
  /** An MTU that the guest was told and that not every switch carries. */
  mtu?: number;
  /** Its MTU is in libvirt's own place. */
  tapMtu?: true;
  /** The switch's network that it is in, by name, and its VLAN here. */
  network?: string;
  vlan?: number;
  /** Bytes that the network's path carries here, as an MTU; absent: not known. */
  pathMtu?: number;
}

/** How a guest is emulated. */
export interface Emulation {
  /**
   * QEMU is no older, as the machine type of a running guest says. Nothing else that can be had is of the QEMU that
   * runs: the installed one may have been upgraded since, and whose QEMU is asked is tainted for libvirt.
   */
  atLeast?: Version;
}

/** A guest that is to move. */
export interface MigrationNeeds {
  guest: string;
  state: DomainState;
  nics: readonly NicNeeds[];
  /** The host's PCI devices that are passed through. */
  devices: number;
  wrapped: boolean;
  /** libvirt knows that its memory is shared. */
  shared: boolean;
  /** Absent: it runs on KVM. */
  emulation?: Emulation;
}

/** By its XML as it runs, the switch's ports, and the networks here. */
export function needsOf(
  domain: Domain,
  state: DomainState,
  ports: readonly Port[],
  networks: readonly AttachedNetwork[],
): MigrationNeeds {
  const { name: guest, isWrapped: wrapped, isShared: shared, hostDevices } = domain;
  const nics = domain.nics.flatMap((nic, index): NicNeeds[] => {
    const { port, wanted, kept } = portOfDomainNic(domain, guest, index, ports);
    if (!port && wanted === undefined) return [];
    const network = kept
      ? domain.keptSettings.settings.get(kept.path)?.network
      : attachedTo(nic, networks)?.name;
    const { vlan, mtu: pathMtu } = networks.find(({ name }) => name === network) ?? {};
    const mtu = largeMtu(nic);
    const up = port?.state === 'up';
    return [
      {
        label: nicLabel({ index, mac: nic.mac }),
        ...(kept && { path: kept.path }),
        ...(up && { features: port.features, queues: port.queues }),
        ...(mtu !== undefined && { mtu }),
        ...(childrenOf(nic.element, 'mtu').length > 0 && { tapMtu: true }),
        ...(network !== undefined && { network }),
        ...(vlan !== undefined && { vlan }),
        ...(pathMtu !== undefined && { pathMtu }),
      },
    ];
  });
  const { isEmulated, machineVersion: atLeast } = domain;
  const emulation = isEmulated ? { emulation: { ...(atLeast && { atLeast }) } } : {};
  return { guest, state, nics, devices: hostDevices.length, wrapped, shared, ...emulation };
}
