/** PCI devices of the host and their IOMMU groups, as sysfs shows them. */
import { readlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Net, PciDevice, PciEndpoint } from '../values/devices.js';
import { namesIn, readText } from './text.js';

const DEVICES = 'sys/bus/pci/devices';
/** IFF_UP. Source: linux/if.h. */
const UP = 1;

/** A device by its address; undefined when the host has none there. `root` stands for `/`. */
export function readPci(address: string, root = '/'): PciEndpoint | undefined {
  const device = readDevice(address, root);
  if (!device) return undefined;
  const number = linkName(join(root, DEVICES, address, 'iommu_group'));
  const pfNets = device.pf === undefined ? [] : netsOf(device.pf, root);
  if (number === undefined) return { ...device, pfNets };
  const folder = join(root, 'sys/kernel/iommu_groups', number, 'devices');
  const members = namesIn(folder).flatMap((one) => readDevice(one, root) ?? []);
  return { ...device, pfNets, group: { number, members } };
}

function readDevice(address: string, root: string): PciDevice | undefined {
  const folder = join(root, DEVICES, address);
  const code = readText(join(folder, 'class'));
  if (code === undefined) return undefined;
  const driver = linkName(join(folder, 'driver'));
  const pf = linkName(join(folder, 'physfn'));
  return {
    address,
    ...(driver !== undefined && { driver }),
    // PCI's base class 06.
    bridge: Number(code) >>> 16 === 0x06,
    ...(pf !== undefined && { pf }),
    nets: netsOf(address, root),
  };
}

function netsOf(address: string, root: string): Net[] {
  const folder = join(root, DEVICES, address, 'net');
  return namesIn(folder).map((name) => {
    const flags = Number(readText(join(folder, name, 'flags')) ?? '0');
    return { name, up: (flags & UP) !== 0 };
  });
}

function linkName(path: string): string | undefined {
  try {
    return basename(readlinkSync(path));
  } catch {
    return undefined;
  }
}
