/** Definitions of libvirt's networks: what they give the NICs that are in them. */
import { InvalidInput } from '../../values/errors.js';
import { attribute, childrenOf, type Element, type Tree } from '../../xml/element.js';
import { readNetwork } from '../../xml/read.js';
import type { DomainNic } from './nics.js';

/** A network's definition. */
export interface NetworkDefinition {
  name: string;
  /** Its Linux bridge, or Open vSwitch's. */
  bridge: string | undefined;
  /** `<network>`. */
  element: Element;
}

/** A network's XML, as `virsh net-dumpxml` prints it. @throws InvalidInput for a text that is none */
export function openNetwork(text: string): NetworkDefinition {
  const element = readNetwork(text);
  const name = childrenOf(element, 'name')[0]?.text.trim() ?? '';
  if (name === '') {
    const remedy = 'give what virsh net-dumpxml prints';
    throw new InvalidInput({ thing: 'network XML', problem: 'has no <name>', remedy });
  }
  return { name, bridge: attribute(childrenOf(element, 'bridge')[0], 'name'), element };
}

/** The definition of a NIC's network; undefined: it is in none, or that is not known. */
export function definitionOf(
  { type, source }: Pick<DomainNic, 'type' | 'source'>,
  definitions: readonly NetworkDefinition[],
): NetworkDefinition | undefined {
  return type === 'network' ? definitions.find(({ name }) => name === source) : undefined;
}

/** The portgroup of a network with this name; without a name its default one. */
export function portgroupOf(
  { element }: NetworkDefinition,
  name: string | undefined,
): Element | undefined {
  return childrenOf(element, 'portgroup').find((group) =>
    name === undefined ? attribute(group, 'default') === 'yes' : attribute(group, 'name') === name,
  );
}

/** Name of the portgroup that a NIC is in. */
export function groupOf<T extends Tree<T>>(nic: T): string | undefined {
  return attribute(childrenOf(nic, 'source')[0], 'portgroup');
}

/**
 * A NIC's element with what it has from its network unless it has its own: a VLAN from its portgroup, else from the
 * network; limits from its portgroup, as those of the network are its bridge's; isolation from the network. Source:
 * networkAllocatePort (libvirt 9.0).
 */
export function withInherited(
  { type, source, element }: Pick<DomainNic, 'type' | 'source' | 'element'>,
  definitions: readonly NetworkDefinition[],
): Element {
  const network = definitionOf({ type, source }, definitions);
  if (!network) return element;
  const group = portgroupOf(network, groupOf(element));
  const first = (name: string, from: (Element | undefined)[]) =>
    childrenOf(element, name).length > 0
      ? []
      : from.flatMap((one) => childrenOf(one, name)).slice(0, 1);
  const inherited = [
    ...first('vlan', [group, network.element]),
    ...first('bandwidth', [group]),
    ...first('port', [network.element]),
  ];
  return { ...element, children: [...element.children, ...inherited] };
}
