/** vCPUs: their number, topology, and the host's CPUs that they run on. */

import { cpuSet, cpuSetText } from '../../values/cpu-set.js';
import { attribute, childrenOf, down } from '../../xml/element.js';
import type { Placed } from '../../xml/scan.js';
import { cellsOf } from '../read/memory-parts.js';
import { whole } from '../read/values.js';
import { error, type Found, type Rule, shown, unfit, warning } from './finding.js';
import type { Subject } from './subject.js';

export const CPU: readonly Rule[] = [
  { name: 'vcpus', check: count },
  { name: 'vcpus-over-255', check: many },
  { name: 'cpu-topology', check: topology },
  { name: 'numa-cpus', check: cellsOfCpus },
  { name: 'pinning', check: pinning },
  { name: 'host-cpus', check: hostCpus },
  { name: 'host-nodes', check: hostNodes },
];

/** More vCPUs than any QEMU has. */
const MOST = 8191;

function* count({ domain, vcpus }: Subject): Iterable<Found> {
  const [element] = childrenOf(domain, 'vcpu');
  if (!element) return;
  if (vcpus === undefined) {
    const problem = `${shown(element.text.trim())} is no number of vCPUs`;
    yield error(element, problem, 'give 1 or more');
    return;
  }
  const current = attribute(element, 'current');
  if (current === undefined || whole(current, 1, vcpus) !== undefined) return;
  const problem = `current=${shown(current)} is not between 1 and the most, ${vcpus}`;
  yield error(element, problem, `give 1 to ${vcpus}, or leave current out`);
}

/** Source: qemuValidateDomainVCpuTopology (9.0): x86 needs q35 and an IOMMU with eim. */
function* many({ domain, vcpus = 1 }: Subject): Iterable<Found> {
  const [type] = down(domain, 'os', 'type');
  const x86 = /^(x86_64|i686)$/.test(attribute(type, 'arch') ?? 'x86_64');
  const drivers = down(domain, 'devices', 'iommu').flatMap((one) => childrenOf(one, 'driver'));
  if (!x86 || vcpus <= 255 || drivers.some((one) => attribute(one, 'eim') === 'on')) return;
  const at = childrenOf(domain, 'vcpu')[0] ?? domain;
  const remedy =
    "add <iommu model='intel'><driver intremap='on' eim='on'/></iommu> and <ioapic driver='qemu'/>";
  yield error(at, `${vcpus} vCPUs need an IOMMU in extended interrupt mode`, remedy);
}

function* topology({ domain, vcpus }: Subject): Iterable<Found> {
  for (const one of down(domain, 'cpu', 'topology')) {
    // dies: libvirt 6.1, clusters: 10.1.
    const names = ['sockets', 'dies', 'clusters', 'cores', 'threads'];
    const given = names.filter((name) => attribute(one, name) !== undefined);
    const factors = given.map((name) => whole(attribute(one, name), 1, MOST));
    const wrong = given[factors.indexOf(undefined)];
    if (wrong !== undefined) {
      const problem = `${wrong}=${shown(attribute(one, wrong) ?? '')} is no number`;
      yield error(one, problem, 'give 1 or more');
      continue;
    }
    const product = factors.reduce<number>((all, factor) => all * (factor ?? 1), 1);
    if (vcpus === undefined || product === vcpus) continue;
    const problem = `${given.join(' × ')} is ${product}, but there are ${vcpus} vCPUs`;
    yield error(one, problem, 'make both the same');
  }
}

/** Source: virDomainNumaDefCPUParseXML, virDomainDefPostParse; since 5.2 the first cell gets the rest. */
function* cellsOfCpus({ domain, vcpus }: Subject): Iterable<Found> {
  const owner = new Map<number, number>();
  const cells = cellsOf(domain);
  let broken = false;
  for (const [index, cell] of cells.entries()) {
    const text = attribute(cell, 'cpus');
    if (text === undefined) continue;
    const cpus = cpuSet(text);
    if (!cpus) {
      broken = true;
      yield error(cell, `cpus=${shown(text)} is no list of vCPUs`, 'write it as 0-3,8');
      continue;
    }
    const twice = cpus.find((cpu) => owner.has(cpu));
    if (twice !== undefined) {
      const problem = `vCPU ${twice} is in cell ${owner.get(twice)}, too`;
      yield error(cell, problem, 'put each vCPU into one cell');
    }
    const last = cpus.at(-1) ?? 0;
    if (vcpus !== undefined && last >= vcpus) {
      const problem = `has vCPU ${last}, but there are ${vcpus}, counted from 0`;
      yield error(cell, problem, `take it out, or raise <vcpu> to ${last + 1}`);
    }
    for (const cpu of cpus) owner.set(cpu, owner.get(cpu) ?? index);
  }
  const [first] = cells;
  if (!first || vcpus === undefined || broken || owner.size === 0 || owner.size >= vcpus) return;
  const problem = `the cells have ${owner.size} of ${vcpus} vCPUs, and libvirt puts the rest into the first`;
  yield warning(first, problem, 'put each vCPU into a cell');
}

function* pinning({ domain, vcpus }: Subject): Iterable<Found> {
  const seen = new Set<number>();
  for (const pin of down(domain, 'cputune', 'vcpupin')) {
    const text = attribute(pin, 'vcpu') ?? '';
    const vcpu = whole(text, 0, MOST);
    if (vcpu === undefined || (vcpus !== undefined && vcpu >= vcpus)) {
      const most = vcpus === undefined ? 'one' : `0 to ${vcpus - 1}`;
      yield warning(pin, `pins vCPU ${shown(text)}, which is not there`, `give ${most}`);
    } else if (seen.has(vcpu)) {
      yield error(pin, `vCPU ${vcpu} is pinned twice`, 'leave one');
    } else seen.add(vcpu);
  }
  for (const { at, text } of cpuSets(domain)) {
    if (cpuSet(text)?.length) continue;
    yield error(at, `cpuset=${shown(text)} is no list of CPUs`, 'write it as 0-3,^2,8');
  }
}

function* hostCpus({ domain, facts }: Subject): Iterable<Found> {
  const { cpus } = facts.host ?? {};
  if (!cpus) return;
  for (const { at, text } of cpuSets(domain)) {
    const missing = (cpuSet(text) ?? []).filter((cpu) => !cpus.has(cpu));
    if (missing.length === 0) continue;
    const problem = `CPU ${some(missing)} of this host is not there or not online`;
    yield unfit(at, problem, `choose one of ${cpuSetText(cpus)}`);
  }
}

function* hostNodes({ domain, facts }: Subject): Iterable<Found> {
  const { nodes } = facts.host ?? {};
  if (!nodes) return;
  const tuned = [...down(domain, 'numatune', 'memory'), ...down(domain, 'numatune', 'memnode')];
  for (const at of tuned) {
    const wanted = cpuSet(attribute(at, 'nodeset') ?? '') ?? [];
    const missing = wanted.filter((node) => !nodes.has(node));
    if (missing.length === 0) continue;
    const problem = `NUMA node ${some(missing)} of this host is not there`;
    yield unfit(at, problem, `choose one of ${cpuSetText(nodes)}`);
  }
}

function cpuSets(domain: Placed): { at: Placed; text: string }[] {
  const tunes = ['vcpupin', 'emulatorpin', 'iothreadpin'];
  const elements = [
    ...childrenOf(domain, 'vcpu'),
    ...tunes.flatMap((name) => down(domain, 'cputune', name)),
  ];
  return elements.flatMap((at) => {
    const text = attribute(at, 'cpuset');
    return text === undefined ? [] : [{ at, text }];
  });
}

function some(numbers: readonly number[]): string {
  const more = numbers.length > 4 ? ` and ${numbers.length - 4} more` : '';
  return numbers.slice(0, 4).join(', ') + more;
}
