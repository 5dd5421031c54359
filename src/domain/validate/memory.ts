/** Memory: size, NUMA cells, and whether a switch can map it. */

import { inWords } from '../../qemu/memory/pages.js';
import { memoryFileTrouble } from '../../values/memory-file.js';
import { regionTrouble } from '../../values/memory-regions.js';
import { attribute, childrenOf, down } from '../../xml/element.js';
import { givenVhostUser } from '../read/commandline.js';
import { bytesOfCell, cellsOf, layoutOf, memoryFilesOf, pluggedOf } from '../read/memory-parts.js';
import { filed, privateMemory, sourceless } from '../read/shared-memory.js';
import { whole } from '../read/values.js';
import { error, type Found, note, type Rule, shown, unfit, warning } from './finding.js';
import type { Subject } from './subject.js';

export const MEMORY: readonly Rule[] = [
  { name: 'memory-size', check: size },
  { name: 'shared-memory', check: sharedMemory },
  { name: 'memory-regions', check: regions },
  { name: 'memory-file', check: files },
  { name: 'encrypted-memory', check: encrypted },
  { name: 'hugepages-conflict', check: conflict },
  { name: 'numa-memory', check: cellsAddUp },
  { name: 'numa-cells', check: cellsFollow },
];

function* size({ domain, memory }: Subject): Iterable<Found> {
  const [element] = childrenOf(domain, 'memory');
  const remedy = "write a size, such as <memory unit='GiB'>4</memory>";
  if (!element) {
    // If there are cells, libvirt takes their sum.
    if (cellsOf(domain).length === 0) yield error(domain, 'has no <memory>', remedy);
  } else if (!memory) {
    const unit = attribute(element, 'unit');
    const of = unit === undefined ? '' : ` with the unit ${shown(unit)}`;
    yield error(element, `${shown(element.text.trim())}${of} is no size`, remedy);
  }
}

const FILE = "a file in qemu.conf's memory_backing_dir";
/** native/vhost/vhost_message.c: a file on a disk may be cut short, or keep the switch waiting. */
const REFUSED = 'the switch takes memory on tmpfs and hugetlbfs only';

function* sharedMemory({ domain, vhostUser, wrapped }: Subject): Iterable<Found> {
  const nic = vhostUser[0] ?? givenVhostUser(domain);
  const [first] = privateMemory(domain);
  if (!nic) return;
  if (!first) {
    // qemu-wrap chooses a source.
    const found = wrapped ? undefined : sourceless(domain);
    const file = filed(domain) ?? found;
    if (!file) return;
    const problem = found
      ? `the shared memory has no source, so libvirt puts it into ${FILE}`
      : `the shared memory is ${FILE}`;
    yield warning(file.at, `${problem}, and ${REFUSED}`, file.remedy);
    return;
  }
  if (wrapped) {
    const problem = 'its memory is private here; qemu-wrap shares it when the guest starts';
    yield note(first.at, problem, 'nothing needs to be done');
    return;
  }
  const problem = `the memory is private (${first.why}): a vhost-user NIC would carry no frame`;
  yield error(first.at, problem, first.remedy);
}

function* regions({ domain, vhostUser, wrapped }: Subject): Iterable<Found> {
  const trouble = regionTrouble(layoutOf(domain));
  if (!trouble || (vhostUser.length === 0 && !wrapped)) return;
  const [at = domain] = [
    ...pluggedOf(domain).map(({ element }) => element),
    ...down(domain, 'cpu', 'numa'),
  ];
  yield error(at, trouble.problem, trouble.remedy);
}

/** With it, the switch refuses the memory as a whole. */
function* files({ domain, vhostUser, wrapped, facts }: Subject): Iterable<Found> {
  if (vhostUser.length === 0 && !wrapped) return;
  for (const { at, path } of memoryFilesOf(domain)) {
    const trouble = memoryFileTrouble(path, facts.host?.fileSystems?.get(path));
    if (trouble) yield unfit(at, trouble.problem, trouble.remedy);
  }
}

function* encrypted({ domain, vhostUser }: Subject): Iterable<Found> {
  const [element] = childrenOf(domain, 'launchSecurity');
  if (!element || vhostUser.length === 0) return;
  const problem = 'the memory is encrypted: no switch can read it';
  yield error(element, problem, 'take out <launchSecurity>, or give the guest a NIC on a bridge');
}

/** Source: libvirt's virDomainDefPostParseMemory and qemuValidateDomainDefMemory (9.0). */
function* conflict({ domain }: Subject): Iterable<Found> {
  for (const backing of childrenOf(domain, 'memoryBacking')) {
    if (childrenOf(backing, 'hugepages').length === 0) continue;
    const remedy = 'take it out, or take out <hugepages>';
    for (const one of childrenOf(backing, 'allocation')) {
      if (attribute(one, 'mode') !== 'ondemand') continue;
      yield error(one, 'huge pages are allocated at start, never on demand', remedy);
    }
    for (const one of childrenOf(backing, 'source')) {
      if (attribute(one, 'type') !== 'anonymous') continue;
      yield error(one, 'huge pages cannot be anonymous memory', remedy);
    }
  }
}

/** libvirt takes the sum of the cells and the memory devices, whatever `<memory>` says. */
function* cellsAddUp({ domain, memory }: Subject): Iterable<Found> {
  const cells = cellsOf(domain);
  for (const cell of cells) {
    if (bytesOfCell(cell)) continue;
    const text = attribute(cell, 'memory');
    const problem = text === undefined ? 'has no memory' : `its memory ${shown(text)} is no size`;
    yield error(cell, problem, "give it a size, such as memory='2' unit='GiB'");
  }
  const sizes = cells.map(bytesOfCell);
  if (memory === undefined || sizes.length === 0 || sizes.some((one) => !one)) return;
  const sum = sizes.reduce<number>((total, one) => total + (one ?? 0), 0);
  const plugged = pluggedOf(domain).reduce((total, { bytes }) => total + bytes, 0);
  if (memory === sum || memory === sum + plugged) return;
  const [element] = childrenOf(domain, 'memory');
  const problem = `says ${inWords(memory)}, but the NUMA cells add up to ${inWords(sum)}, which libvirt takes`;
  yield warning(element ?? domain, problem, 'make both the same');
}

/** libvirt: "Exactly one 'cell' element per guest NUMA cell allowed, non-contiguous ranges … are not allowed". */
function* cellsFollow({ domain }: Subject): Iterable<Found> {
  const cells = cellsOf(domain);
  const seen = new Set<number>();
  for (const [index, cell] of cells.entries()) {
    const id = whole(attribute(cell, 'id') ?? String(index), 0, cells.length - 1);
    if (id !== undefined && !seen.has(id)) {
      seen.add(id);
      continue;
    }
    const problem = `id=${shown(attribute(cell, 'id') ?? String(index))} leaves a gap, or is there twice`;
    yield error(cell, problem, 'number the cells from 0, each once, or leave id out of all');
  }
}
