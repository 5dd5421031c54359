/**
 * PFs and VFs of network cards, as sysfs shows them. The one reader of SR-IOV's files.
 *
 * Nothing here waits: `sriov_numvfs` and `driver_override` are left alone on a real host, as the
 * kernel (6.1) answers neither while a write to the same device is stuck.
 */
import { existsSync, readlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import { namesIn, readText } from '../system/text.js';
import { Failed } from '../values/errors.js';

/** A network interface of a PCI function. */
export interface Net {
  name: string;
  mac: string;
  up: boolean;
}

/** A function of a PCI device. */
export interface PciFunction {
  /** `0000:01:10.0` */
  address: string;
  /** Four hexadecimal digits each, as `lspci -n` prints them. */
  vendor: string;
  device: string;
  /** The driver that has it now; absent: none. */
  driver?: string;
  /** Number of its IOMMU group; absent: no IOMMU. */
  group?: string;
  /** NUMA node; absent: the kernel does not know. */
  node?: number;
  /** A bridge: part of the way, not of a group's endpoints. */
  bridge: boolean;
  /** Those that this network namespace sees. */
  nets: readonly Net[];
}

/** A virtual function. */
export interface Vf extends PciFunction {
  /** Address of its PF. */
  pf: string;
  /** Its number on the PF: N of the link `virtfnN`. */
  index: number;
}

/** A physical function, with its VFs. */
export interface Pf extends PciFunction {
  /** VFs that there can be (`sriov_totalvfs`). */
  total: number;
  /** Those that there are: the links of a kernel, what `sriov_numvfs` says in a copy. */
  count: number;
  /** From the PF's routing ID to the first VF's, and on to the next; absent before Linux 4.13. */
  offset?: number;
  stride?: number;
  vfs: readonly Vf[];
}

const DEVICES = 'sys/bus/pci/devices';
/** IFF_UP. Source: linux/if.h. */
const UP = 1;
/** PCI's base classes. */
const NETWORK = 0x02;
const BRIDGE = 0x06;

/** All PFs of network cards in the order of their addresses. `root` stands for `/`. @throws Failed for a malformed file */
export function readPfs(root = '/'): Pf[] {
  return namesIn(join(root, DEVICES)).flatMap((address) => {
    const folder = join(root, DEVICES, address);
    if (!existsSync(join(folder, 'sriov_totalvfs'))) return [];
    return baseClass(folder) === NETWORK ? (readPf(address, root) ?? []) : [];
  });
}

function readPf(address: string, root: string): Pf | undefined {
  const folder = join(root, DEVICES, address);
  const device = readDevice(address, root);
  if (!device) return undefined;
  const vfs = readVfs(address, root);
  const offset = numberIn(folder, 'sriov_offset');
  const stride = numberIn(folder, 'sriov_stride');
  return {
    ...device,
    total: numberIn(folder, 'sriov_totalvfs') ?? 0,
    count: root === '/' ? vfs.length : (numberIn(folder, 'sriov_numvfs') ?? 0),
    ...(offset !== undefined && { offset }),
    ...(stride !== undefined && { stride }),
    vfs,
  };
}

function readVfs(pf: string, root: string): Vf[] {
  const folder = join(root, DEVICES, pf);
  const numbers = namesIn(folder).flatMap((name) => /^virtfn(\d+)$/.exec(name)?.[1] ?? []);
  return numbers
    .map(Number)
    .sort((a, b) => a - b)
    .flatMap((index) => {
      const address = linkName(join(folder, `virtfn${index}`));
      // It may be gone since the folder was listed.
      const device = address === undefined ? undefined : readDevice(address, root);
      return device ? [{ ...device, pf, index }] : [];
    });
}

/** All functions of an IOMMU group. @throws Failed for a malformed file */
export function readGroup(group: string, root = '/'): PciFunction[] {
  const members = namesIn(join(root, 'sys/kernel/iommu_groups', group, 'devices'));
  return members.flatMap((address) => readDevice(address, root) ?? []);
}

/** One function, whatever it is; undefined where there is none. @throws Failed for a malformed file */
export function readDevice(address: string, root = '/'): PciFunction | undefined {
  const folder = join(root, DEVICES, address);
  const [vendor, device] = [idIn(folder, 'vendor'), idIn(folder, 'device')];
  if (vendor === undefined || device === undefined) return undefined;
  const driver = linkName(join(folder, 'driver'));
  const group = linkName(join(folder, 'iommu_group'));
  const node = numberIn(folder, 'numa_node');
  return {
    address,
    vendor,
    device,
    ...(driver !== undefined && { driver }),
    ...(group !== undefined && { group }),
    ...(node !== undefined && node >= 0 && { node }),
    bridge: baseClass(folder) === BRIDGE,
    nets: netsIn(join(folder, 'net')),
  };
}

function netsIn(folder: string): Net[] {
  return namesIn(folder).map((name) => ({
    name,
    mac: readText(join(folder, name, 'address'))?.trim() ?? '',
    up: (Number(readText(join(folder, name, 'flags')) ?? '0') & UP) !== 0,
  }));
}

function baseClass(folder: string): number {
  return Number(readText(join(folder, 'class')) ?? '0') >>> 16;
}

function idIn(folder: string, name: string): string | undefined {
  const text = readText(join(folder, name))?.trim();
  if (text === undefined) return undefined;
  if (/^0x[0-9a-f]{4}$/.test(text)) return text.slice(2);
  throw malformed(join(folder, name), text, 'an ID such as 0x8086');
}

function numberIn(folder: string, name: string): number | undefined {
  const text = readText(join(folder, name))?.trim();
  if (text === undefined) return undefined;
  if (/^-?\d{1,9}$/.test(text)) return Number(text);
  throw malformed(join(folder, name), text, 'a number');
}

function malformed(path: string, text: string, wanted: string): Failed {
  const problem = `holds "${text.slice(0, 40)}", not ${wanted}`;
  return new Failed({ thing: path, problem, remedy: 'is this sysfs? see --root' });
}

function linkName(path: string): string | undefined {
  try {
    return basename(readlinkSync(path));
  } catch {
    return undefined;
  }
}
