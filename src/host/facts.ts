/** What of this host decides whether a domain fits: read once, into plain data. */
import { closeSync, constants, openSync } from 'node:fs';
import { join } from 'node:path';
import type { HostFacts, HostQuestions } from '../domain/validate/facts.js';
import type { Version } from '../qemu/index.js';
import { qemuAccount } from '../system/account.js';
import { listeningPaths } from '../system/listening.js';
import { readPages } from '../system/pages.js';
import { readPci } from '../system/pci.js';
import { readProcesses } from '../system/processes.js';
import { readText } from '../system/text.js';
import { walk } from '../system/walk.js';
import { cpuSet } from '../values/cpu-set.js';
import { errorText } from '../values/errors.js';

/** `root` stands for `/`; `asked` are the paths and PCI addresses that the domains name. */
export function readHostFacts(asked: HostQuestions, root = '/'): HostFacts {
  const account = qemuAccount(root);
  const { vfio, guests } = readProcesses(root);
  const cpus = online('sys/devices/system/cpu/online', root);
  const nodes = online('sys/devices/system/node/online', root);
  const memory = readMemory(root);
  const qemu = debianVersion('qemu-system-x86', root);
  const pages = readPages(root);
  const pci = asked.pci.flatMap((address) => {
    const device = readPci(address, root);
    return device ? [[address, device] as const] : [];
  });
  return {
    ...(account && { account }),
    ...(cpus && { cpus }),
    ...(nodes && { nodes }),
    ...(memory && { memory }),
    ...(qemu && { qemu }),
    pools: pages.pools ?? [],
    ...(pages.defaultPageSize !== undefined && { defaultPageSize: pages.defaultPageSize }),
    kvm: openKvm(root),
    paths: new Map(asked.paths.map((path) => [path, walk(path, root)])),
    listening: listeningPaths(readText(join(root, 'proc/net/unix')) ?? ''),
    pci: new Map(pci),
    vfio,
    guests,
  };
}

function online(file: string, root: string): ReadonlySet<number> | undefined {
  const numbers = cpuSet(readText(join(root, file)) ?? '');
  return numbers && new Set(numbers);
}

function readMemory(root: string): HostFacts['memory'] {
  const text = readText(join(root, 'proc/meminfo')) ?? '';
  const [total, available] = ['MemTotal', 'MemAvailable'].map((key) =>
    Number(new RegExp(`^${key}: +(\\d+) kB$`, 'm').exec(text)?.[1]),
  ) as [number, number];
  if (!(total > 0 && available >= 0)) return undefined;
  return { total: total * 1024, available: available * 1024 };
}

/** 'usable', or why not: KVM is there when its device can be opened. */
export function openKvm(root = '/'): string {
  try {
    closeSync(openSync(join(root, 'dev/kvm'), constants.O_RDWR | constants.O_NONBLOCK));
    return 'usable';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? errorText(error);
  }
}

/** QEMU is not run for its version: what a file from outside names as emulator could be anything. */
export function debianVersion(name: string, root = '/'): Version | undefined {
  const status = readText(join(root, 'var/lib/dpkg/status')) ?? '';
  const entry = status.split('\n\n').find((one) => one.startsWith(`Package: ${name}\n`));
  const [, major, minor] = /^Version: (?:\d+:)?(\d+)\.(\d+)/m.exec(entry ?? '') ?? [];
  return major === undefined ? undefined : [Number(major), Number(minor)];
}
