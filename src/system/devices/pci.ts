/**
 * PCI functions and their IOMMU groups in sysfs: the only reader of /sys/bus/pci/devices.
 *
 * No read here blocks: the kernel (6.1) answers neither `sriov_numvfs` nor `driver_override` while a write to
 * the same device is stuck (sysfs.ts).
 */
import { basename } from 'node:path';
import { byName } from '../../values/by-name.js';
import type { Net, PciDevice, PciEndpoint, PciFunction } from '../../values/devices.js';
import { Failed } from '../../values/errors.js';
import { type Look, lookAt, type Root } from '../look/index.js';

const DEVICES = '/sys/bus/pci/devices';
const GROUPS = '/sys/kernel/iommu_groups';
/** IFF_UP and IFF_PROMISC. Source: linux/if.h. */
const UP = 1;
const PROMISCUOUS = 0x100;
/** PCI's base class of bridges. */
const BRIDGE = 0x06;

/** Addresses of all functions, in order. */
export function pciAddresses(root: Root = '/'): string[] {
  return lookAt(root).names(DEVICES);
}

/** A file or link of a function. */
export function fileOf(address: string, name: string): string {
  return `${DEVICES}/${address}/${name}`;
}

/** One function of any kind; undefined: there is none. @throws Failed for a malformed file */
export function readDevice(address: string, root: Root = '/'): PciFunction | undefined {
  const look = lookAt(root);
  if (!look.exists(fileOf(address, 'class')) && !look.exists(fileOf(address, 'vendor'))) {
    return undefined;
  }
  const driver = linkName(look, fileOf(address, 'driver'));
  const group = linkName(look, fileOf(address, 'iommu_group'));
  const pf = linkName(look, fileOf(address, 'physfn'));
  const node = numberIn(look, fileOf(address, 'numa_node'));
  return {
    address,
    vendor: idIn(look, fileOf(address, 'vendor')) ?? '',
    device: idIn(look, fileOf(address, 'device')) ?? '',
    ...(driver !== undefined && { driver }),
    ...(group !== undefined && { group }),
    ...(node !== undefined && node >= 0 && { node }),
    bridge: baseClass(look, address) === BRIDGE,
    ...(pf !== undefined && { pf }),
    nets: netsOf(look, address),
  };
}

/** All functions of an IOMMU group. @throws Failed for a malformed file */
export function readGroup(group: string, root: Root = '/'): PciFunction[] {
  const look = lookAt(root);
  const members = look.names(`${GROUPS}/${group}/devices`);
  return members.flatMap((address) => readDevice(address, look) ?? []);
}

/** How many IOMMU groups there are; 0: no IOMMU, or it is off. */
export function countGroups(root: Root = '/'): number {
  return lookAt(root).names(GROUPS).length;
}

/** A function with its group and its PF's interfaces; undefined: there is none. @throws Failed for a malformed file */
export function readEndpoint(address: string, root: Root = '/'): PciEndpoint | undefined {
  const look = lookAt(root);
  const found = readDevice(address, look);
  if (!found) return undefined;
  const { group: number, ...device } = found;
  const pfNets = device.pf === undefined ? [] : netsOf(look, device.pf);
  const pfDriver =
    device.pf === undefined ? undefined : linkName(look, fileOf(device.pf, 'driver'));
  const endpoint = { ...device, pfNets, ...(pfDriver !== undefined && { pfDriver }) };
  if (number === undefined) return endpoint;
  const members = readGroup(number, look).map(({ group: _, ...member }): PciDevice => member);
  return { ...endpoint, group: { number, members } };
}

/**
 * A function's own interfaces, by its ports (`dev_port`), then by name. In switchdev mode its representors, which stand
 * for VFs and others (`phys_port_name` pf0vf2, c1pf0sf3, pf0hpf), are in the same folder as its own (p0).
 */
function netsOf(look: Look, address: string): Net[] {
  const folder = fileOf(address, 'net');
  const own = look.names(folder).flatMap((name) => {
    const read = (file: string) => look.text(`${folder}/${name}/${file}`)?.trim();
    if (isRepresentor(look, address, name)) return [];
    const flags = Number(read('flags') ?? '0');
    const [up, promiscuous] = [(flags & UP) !== 0, (flags & PROMISCUOUS) !== 0];
    const net = { name, mac: read('address') ?? '', up, promiscuous };
    return [{ port: Number(read('dev_port') ?? '0'), net }];
  });
  own.sort((a, b) => a.port - b.port || byName(a.net.name, b.net.name));
  return own.map(({ net }) => net);
}

/** What an interface of a function stands for, in the words of its driver; undefined: it is the function's own. */
function standsFor(look: Look, address: string, name: string): string | undefined {
  const port = look.text(`${fileOf(address, 'net')}/${name}/phys_port_name`)?.trim() ?? '';
  if (REPRESENTOR.test(port)) return port;
  // Of Linux before 5.0: the VF's number alone, -1 for its own.
  const isOldVf =
    /^\d{1,5}$/.test(port) && linkName(look, fileOf(address, 'driver')) === 'mlx5_core';
  return isOldVf ? `pf0vf${port}` : undefined;
}

/** Whether an interface of a function stands for a VF or another function behind it. */
export function isRepresentor(look: Look, address: string, name: string): boolean {
  return standsFor(look, address, name) !== undefined;
}

/**
 * Interfaces that stand for a PF's VFs in switchdev mode, by the VFs' numbers. Those of another controller (c1pf0vf2)
 * or interface (p0if1pf0vf2) are of another host.
 */
export function representorsOf(address: string, root: Root = '/'): ReadonlyMap<number, string> {
  const look = lookAt(root);
  const folder = fileOf(address, 'net');
  return new Map(
    look.names(folder).flatMap((name): [number, string][] => {
      const [, vf] = /^(?:p\d+)?pf\d+vf(\d{1,5})$/.exec(standsFor(look, address, name) ?? '') ?? [];
      return vf === undefined ? [] : [[Number(vf), name]];
    }),
  );
}

/** Source: devlink's names of ports, and those of sfc (ef100_rep.c), in Linux. */
const REPRESENTOR = /^(?:c\d+|p\d+(?:if\d+)?)?pf\d+/;

/** PCI's base class: 2 for a network card. */
export function baseClass(look: Look, address: string): number {
  return Number(look.text(fileOf(address, 'class')) ?? '0') >>> 16;
}

function idIn(look: Look, path: string): string | undefined {
  const text = look.text(path)?.trim();
  if (text === undefined) return undefined;
  if (/^0x[0-9a-f]{4}$/.test(text)) return text.slice(2);
  throw malformed(look, path, text, 'an ID such as 0x8086');
}

/** The number in a file; undefined: there is no such file. @throws Failed for other text */
export function numberIn(look: Look, path: string): number | undefined {
  const text = look.text(path)?.trim();
  if (text === undefined) return undefined;
  if (/^-?\d{1,9}$/.test(text)) return Number(text);
  throw malformed(look, path, text, 'a number');
}

function malformed(look: Look, path: string, text: string, wanted: string): Failed {
  const problem = `holds "${text.slice(0, 40)}", not ${wanted}`;
  return new Failed({ thing: look.place(path), problem, remedy: 'is this sysfs? see --root' });
}

/** The last part of a link's target. */
export function linkName(look: Look, path: string): string | undefined {
  const target = look.target(path);
  return target === undefined ? undefined : basename(target);
}
