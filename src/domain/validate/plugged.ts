/** Memory devices, and room for them; cells that memory is bound to. */

import { inWords } from '../../qemu/memory/pages.js';
import { attribute, childrenOf, down } from '../../xml/element.js';
import type { Placed } from '../../xml/scan.js';
import { bytesOfCell, cellsOf, pluggedOf } from '../read/memory-parts.js';
import { bytesOf, whole } from '../read/values.js';
import { error, type Found, type Rule, shown } from './finding.js';
import type { Subject } from './subject.js';

export const PLUGGED: readonly Rule[] = [
  { name: 'max-memory', check: most },
  { name: 'memory-device', check: devices },
  { name: 'memnode', check: memnodes },
];

/** Source: virDomainDefPostParseMemory. */
function* most({ domain, memory }: Subject): Iterable<Found> {
  for (const at of childrenOf(domain, 'maxMemory')) {
    const bytes = bytesOf(at.text, attribute(at, 'unit'));
    if (!bytes || !whole(attribute(at, 'slots'), 1, 2 ** 31)) {
      const remedy = "write <maxMemory slots='16' unit='GiB'>64</maxMemory>";
      yield error(at, 'does not tell both a size and slots', remedy);
      continue;
    }
    const cells = cellsOf(domain).map(bytesOfCell);
    // Invalid cells have an error of their own.
    if (cells.some((one) => !one)) continue;
    const plugged = pluggedOf(domain).reduce((all, one) => all + one.bytes, 0);
    const sum = cells.reduce<number>((all, one) => all + (one ?? 0), plugged);
    // With cells, <memory> does not count; without cells it is the sum.
    const total = cells.length > 0 ? sum : (memory ?? 0);
    if (total <= bytes) continue;
    const problem = `${inWords(bytes)} are less than the memory and what is plugged in, ${inWords(total)}`;
    yield error(at, problem, `give ${inWords(total)} or more`);
  }
}

/** Models that need <maxMemory>. */
const HOTPLUGGED = ['dimm', 'nvdimm', 'virtio-mem'];

/** Source: qemuDomainDefValidateMemoryHotplug, qemuBuildMemoryBackendProps; tried with libvirt 9.0. */
function* devices({ domain }: Subject): Iterable<Found> {
  const [max] = childrenOf(domain, 'maxMemory');
  const slots = whole(attribute(max, 'slots'), 1, 2 ** 31);
  const cells = cellsOf(domain).length;
  if (max && cells === 0 && needsCells(domain)) {
    const remedy =
      "write <numa><cell id='0' cpus=… memory=…/></numa> in <cpu>, or take <maxMemory> out";
    yield error(max, 'memory is plugged into NUMA cells, and the guest has none', remedy);
  }
  let taken = 0;
  for (const { element } of pluggedOf(domain)) {
    const model = attribute(element, 'model') ?? '';
    if (!HOTPLUGGED.includes(model)) continue;
    if (model !== 'virtio-mem') taken++;
    if (!max) {
      const remedy = "write <maxMemory slots='16' unit='GiB'>64</maxMemory> behind <name>";
      yield error(element, 'memory cannot be plugged in without <maxMemory>', remedy);
    } else if (slots !== undefined && taken > slots) {
      yield error(
        element,
        `is number ${taken}, and there are ${slots} slots`,
        `give ${taken} slots`,
      );
    }
    const [at] = down(element, 'target', 'node');
    if (!at || cells === 0 || whole(at.text.trim(), 0, cells - 1) !== undefined) continue;
    const problem = `${shown(at.text.trim())} is no cell of the guest`;
    yield error(at, problem, `count from 0, to ${cells - 1} at most`);
  }
}

/** qemuDomainDefValidateMemoryHotplug: "At least one numa node has to be configured when enabling memory hotplug". */
function needsCells(domain: Placed): boolean {
  const arch = attribute(down(domain, 'os', 'type')[0], 'arch') ?? 'x86_64';
  return ['kvm', 'qemu'].includes(attribute(domain, 'type') ?? '') && !arch.startsWith('ppc64');
}

/** Source: virDomainNumatuneNodeParseXML. */
function* memnodes({ domain }: Subject): Iterable<Found> {
  const cells = cellsOf(domain).map((cell, index) => attribute(cell, 'id') ?? String(index));
  const seen = new Set<string>();
  for (const at of down(domain, 'numatune', 'memnode')) {
    const id = attribute(at, 'cellid') ?? '';
    if (cells.length === 0) {
      const problem = 'binds a NUMA cell, and the guest has none';
      yield error(
        at,
        problem,
        'bind all with <memory mode=… nodeset=…/>, or add <cell>s to <numa>',
      );
    } else if (!cells.includes(id)) {
      yield error(
        at,
        `cellid=${shown(id)} is no cell of the guest`,
        `choose one of ${cells.join(', ')}`,
      );
    } else if (seen.has(id)) yield error(at, `cell ${id} is bound twice`, 'leave one');
    seen.add(id);
  }
}
