/** Where the switch runs: near its devices, as each frame crosses between memory, processor and NIC. */
import { readDevice } from '../system/devices/pci.js';
import { lookAt } from '../system/look/index.js';
import { nodeNumbers } from '../system/memory/pages.js';
import { cpusOfNode } from '../system/os/cpus.js';
import { InvalidInput } from '../values/errors.js';
import { pciAddress } from '../values/pci.js';

/** The words of DPDK's names of devices that are PCI addresses, in long form; members of a bond are on PCI, too. */
export function addressesIn(devices: readonly string[]): string[] {
  const words = devices.flatMap((device) => [device, ...device.split(/[,=+_]/)]);
  return [...new Set(words.flatMap((word) => pciAddress(word) ?? []))];
}

/** A device and its NUMA node, where the kernel knows that. */
interface Placed {
  address: string;
  node: number;
}

function placedIn(devices: readonly string[], root: string): Placed[] {
  return addressesIn(devices).flatMap((address) => {
    const node = readDevice(address, root)?.node;
    return node === undefined ? [] : [{ address, node }];
  });
}

/** The node of each of these devices, where the kernel knows one. */
export function nodesOf(devices: readonly string[], root: string): number[] {
  return placedIn(devices, root).flatMap(({ node }) => (node < 0 ? [] : [node]));
}

/** The node of a processor, if the kernel says it. */
export function nodeOfCpu(cpu: number | undefined, root: string): number | undefined {
  if (cpu === undefined) return undefined;
  return nodeNumbers(lookAt(root)).find((node) => cpusOfNode(node, root).includes(cpu));
}

/**
 * The processors of a switch: the wanted ones; else one on the node of its first device, whose memory the EAL takes from
 * there, too. The last one, since interrupts and other work gather on the first. @throws InvalidInput
 */
export function chooseCpus(
  wanted: readonly number[] | undefined,
  allowed: readonly number[],
  devices: readonly string[],
  root: string,
): readonly number[] {
  if (wanted === undefined) {
    const [first] = placedIn(devices, root);
    const near = first ? cpusOfNode(first.node, root) : [];
    return [allowed.findLast((cpu) => near.includes(cpu)) ?? allowed.at(-1) ?? 0];
  }
  const barred = wanted.find((cpu) => allowed.length > 0 && !allowed.includes(cpu));
  if (barred !== undefined) {
    throw new InvalidInput({
      thing: `cpu ${barred}`,
      problem: 'this process may not run there',
      remedy: `choose among ${allowed.join(', ')}`,
    });
  }
  return wanted;
}

/** One line for each device without a processor of the switch on its node. */
export function farDevices(
  cpus: readonly number[],
  devices: readonly string[],
  root: string,
): string[] {
  return placedIn(devices, root).flatMap(({ address, node }) => {
    const near = cpusOfNode(node, root);
    if (near.length === 0 || cpus.some((cpu) => near.includes(cpu))) return [];
    const where = `NUMA node ${node} (cpus ${near.join(',')})`;
    return [`${address} is on ${where}, and the switch is not: its frames cross between nodes`];
  });
}
