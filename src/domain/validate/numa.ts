/**
 * NUMA nodes: a frame that goes from a device or the switch's processor to a guest on another node
 * crosses between the nodes each time. Where everything is, if that is known.
 */
import { cpuSet, cpuSetText } from '../../values/cpu-set.js';
import { attribute, childrenOf, down } from '../../xml/element.js';
import type { Placed } from '../../xml/scan.js';
import { hostDevicesOf } from '../read/host-devices.js';
import type { HostFacts } from './facts.js';
import { type Found, type Rule, warning } from './finding.js';
import type { Subject } from './subject.js';

export const NUMA: readonly Rule[] = [{ name: 'numa', check: crossings }];

/** A part of the way, and the nodes that it may be on. */
interface Part {
  what: string;
  nodes: ReadonlySet<number>;
}

type NodeCpus = NonNullable<HostFacts['nodeCpus']>;

/** A warning for each NIC and device whose frames cross. */
function* crossings({ domain, vhostUser, facts: { host } }: Subject): Iterable<Found> {
  const { nodeCpus } = host ?? {};
  if (!host || !nodeCpus || nodeCpus.size < 2) return;
  const guest = [memoryPart(domain), cpuPart(domain, nodeCpus)];
  for (const { at, address = '' } of hostDevicesOf(domain)) {
    const is = host.pci.get(address);
    const what = `${is?.pf === undefined ? 'the device' : 'VF'} ${address}`;
    yield* crossing(at, [...guest, devicePart(what, is?.node)]);
  }
  for (const { sourceElement, path } of vhostUser) {
    const relayed = host.relays?.find((one) => one.path === path);
    const device = relayed && [devicePart(`the relay's ${relayed.device}`, relayed.node)];
    yield* crossing(sourceElement, [...guest, ...(device ?? []), switchPart(host, nodeCpus)]);
  }
}

function* crossing(at: Placed, all: readonly (Part | undefined)[]): Iterable<Found> {
  const parts = all.filter((part) => part !== undefined);
  const cross = parts.some((one) => parts.some((other) => areApart(one, other)));
  if (!cross) return;
  const where = parts.map(({ what, nodes }) => `${what} on node ${cpuSetText(nodes)}`).join(', ');
  const remedy = 'move guest and switch to the node of the device (numatune, vcpupin, --cpus)';
  yield { ...warning(at, `frames cross NUMA nodes: ${where}`, remedy), host: true };
}

function areApart({ nodes }: Part, other: Part): boolean {
  return ![...nodes].some((node) => other.nodes.has(node));
}

/** Undefined: the guest's memory may be anywhere. */
function memoryPart(domain: Placed): Part | undefined {
  const tunes = ['memory', 'memnode'].flatMap((child) => down(domain, 'numatune', child));
  const nodes = tunes.flatMap((tune) => cpuSet(attribute(tune, 'nodeset') ?? '') ?? []);
  return nodes.length > 0 ? { what: 'memory', nodes: new Set(nodes) } : undefined;
}

/** Undefined: its vCPUs may be anywhere. */
function cpuPart(domain: Placed, nodeCpus: NodeCpus): Part | undefined {
  const pins = down(domain, 'cputune', 'vcpupin').map((pin) => attribute(pin, 'cpuset'));
  const all = childrenOf(domain, 'vcpu').map((vcpu) => attribute(vcpu, 'cpuset'));
  const given = (pins.length > 0 ? pins : all).flatMap((text) => cpuSet(text ?? '') ?? []);
  return partOf('vCPUs', given, nodeCpus);
}

function switchPart({ switchCpus = [] }: HostFacts, nodeCpus: NodeCpus): Part | undefined {
  const word = switchCpus.length > 1 ? 'processors' : 'processor';
  return partOf(`the switch's ${word} ${cpuSetText(switchCpus)}`, switchCpus, nodeCpus);
}

function partOf(what: string, cpus: readonly number[], nodeCpus: NodeCpus): Part | undefined {
  const nodes = [...nodeCpus].flatMap(([node, own]) =>
    cpus.some((cpu) => own.has(cpu)) ? [node] : [],
  );
  return nodes.length > 0 ? { what, nodes: new Set(nodes) } : undefined;
}

function devicePart(what: string, node: number | undefined): Part | undefined {
  return node === undefined ? undefined : { what, nodes: new Set([node]) };
}
