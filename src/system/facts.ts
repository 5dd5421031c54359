/** Facts of this host that decide whether a domain fits, read once into plain data. */
import type { HostFacts, HostQuestions } from '../domain/validate/facts.js';
import { qemuAccount } from './accounts/qemu.js';
import { walk } from './accounts/walk.js';
import { readEndpoint } from './devices/pci.js';
import { type Look, lookAt, type Root } from './look/index.js';
import { fileSystemOf } from './memory/mounts.js';
import { hostMemory, namedPageSize } from './memory/nodes.js';
import { poolsOf, readPageCounts } from './memory/pages.js';
import { cpusOfNode, readOnline } from './os/cpus.js';
import { openKvm } from './os/kvm.js';
import { debianVersion } from './os/packages.js';
import { readProcesses } from './processes/guests.js';
import { readListening } from './processes/sockets.js';

/**
 * `root` stands for `/`; `wanted` are the paths and PCI addresses named by the domains (hostQuestions).
 * @throws Failed for a malformed file of a PCI device
 */
export function readHostFacts(wanted: HostQuestions, root: Root = '/'): HostFacts {
  return hostFactsReader(root)(wanted);
}

/** The same for many domains: what they do not name is read once, at the first call. */
export function hostFactsReader(root: Root = '/'): (wanted: HostQuestions) => HostFacts {
  const look = lookAt(root);
  let common: CommonFacts | undefined;
  return (wanted) => {
    common ??= commonFacts(look);
    return { ...common, ...namedFacts(wanted, look) };
  };
}

/** What domains name: paths, memory files and PCI addresses. @throws Failed as readHostFacts */
function namedFacts(wanted: HostQuestions, look: Look) {
  const pci = wanted.pci.flatMap((address) => {
    const device = readEndpoint(address, look);
    return device ? [[address, device] as const] : [];
  });
  const systems = (wanted.memoryFiles ?? []).flatMap((path) => {
    const system = fileSystemOf(path, look);
    return system === undefined ? [] : [[path, system] as const];
  });
  return {
    paths: new Map(wanted.paths.map((path) => [path, walk(path, look.root)])),
    fileSystems: new Map(systems),
    pci: new Map(pci),
  };
}

type CommonFacts = Omit<HostFacts, keyof ReturnType<typeof namedFacts>>;

/** What does not depend on a domain. */
function commonFacts(look: Look): CommonFacts {
  const account = qemuAccount(look);
  const { vfio, guests } = readProcesses(look);
  const cpus = readOnline('cpu', look);
  const nodes = readOnline('node', look);
  const nodeCpus = [...(nodes ?? [])].map(
    (node) => [node, new Set(cpusOfNode(node, look))] as const,
  );
  const { total, free: available } = hostMemory(look);
  const qemu = debianVersion('qemu-system-x86', look);
  const defaultPageSize = namedPageSize(look);
  return {
    ...(account && { account }),
    ...(cpus && { cpus }),
    ...(nodes && { nodes, nodeCpus: new Map(nodeCpus) }),
    ...(total > 0 && { memory: { total, available } }),
    ...(qemu && { qemu }),
    pools: poolsOf(readPageCounts(look)),
    ...(defaultPageSize !== undefined && { defaultPageSize }),
    kvm: openKvm(look),
    listening: readListening(look),
    vfio,
    guests,
  };
}
