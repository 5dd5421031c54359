/** Networks of the switch, and which of them a NIC's own network is. */
import { isNetworkName } from '../../values/network-name.js';
import { singleQuoted } from '../../values/shell.js';
import { definitionOf, type NetworkDefinition } from './libvirt-network.js';
import type { DomainNic } from './nics.js';

/** A network of the switch: its VLAN there, and what it is attached to. */
export interface AttachedNetwork {
  name: string;
  vlan: number;
  /** The Linux bridge. */
  bridge?: string | undefined;
  /** The network of libvirt's whose bridge that is. */
  libvirt?: string | undefined;
  /** Bytes that its path carries, as an MTU; absent: not looked at, or nothing of it is there. */
  mtu?: number | undefined;
}

/**
 * The network that is attached to a NIC's own: by libvirt's name, or by its bridge, which a network's definition may
 * name. Undefined: none is.
 */
export function attachedTo(
  nic: Pick<DomainNic, 'type' | 'source'>,
  networks: readonly AttachedNetwork[],
  definitions: readonly NetworkDefinition[] = [],
): AttachedNetwork | undefined {
  const { type, source } = nic;
  if (source === undefined) return undefined;
  const named = networks.find(({ libvirt }) => type === 'network' && libvirt === source);
  const own = type === 'bridge' ? source : definitionOf(nic, definitions)?.bridge;
  return named ?? networks.find(({ bridge }) => own !== undefined && bridge === own);
}

/** A NIC's network is not one of the switch's: what attaches it. */
export function unattached({ type, source = '' }: Pick<DomainNic, 'type' | 'source'>): {
  problem: string;
  remedy: string;
} {
  if (type !== 'network' && type !== 'bridge')
    return {
      problem: `its network is not known (type ${type}${source && `, ${source}`})`,
      remedy: 'attach the switch to the bridge that leads there with vmlane network add',
    };
  const isPlain = isNetworkName(source);
  const shown = isPlain ? source : singleQuoted(source);
  const command = `vmlane network add ${isPlain ? source : 'NAME'} ${type === 'network' ? '--libvirt' : '--bridge'} ${shown}`;
  return {
    problem: `the switch is not attached to its ${type} ${source}`,
    remedy: `attach it: ${command}`,
  };
}
