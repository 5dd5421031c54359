/** Binds functions to vfio-pci, and back. */
import { join } from 'node:path';
import { readDevice } from '../../system/devices/pci.js';
import { readGuarded, type Write } from '../../system/devices/sysfs.js';
import type { PciFunction } from '../../values/devices.js';
import type { Change } from '../change/apply.js';

/** The wanted driver of a function. */
export interface Holder {
  /** absent: none; `any`: the kernel's choice. */
  driver?: string;
  /** The only driver that may have it. */
  override?: string;
}

export const ANY = 'any';

/** A function with its driver override. */
export interface Held extends PciFunction {
  /** The only driver allowed; absent: any that knows it. */
  override?: string;
}

/** @throws Failed if the kernel does not answer */
export async function readHeld(device: PciFunction, root = '/'): Promise<Held> {
  const path = join(root, 'sys/bus/pci/devices', device.address, 'driver_override');
  const text = (await readGuarded(path)).trim();
  // An empty override reads like this.
  return text === '' || text === '(null)' ? device : { ...device, override: text };
}

/** Writes that bind a function to a driver and set its override; none if unchanged. */
export function driverWrites(now: Held, wanted: Holder, root = '/'): Write[] {
  const { address } = now;
  const pci = join(root, 'sys/bus/pci');
  const set = (value: string) => ({
    path: join(pci, 'devices', address, 'driver_override'),
    value,
  });
  const writes: Write[] = [];
  let override = now.override;
  if (now.driver !== wanted.driver) {
    // With an override, a driver can bind a VF even if its PF has sriov_drivers_autoprobe 0 (pci_device_can_probe).
    const needed = wanted.driver === ANY ? wanted.override : (wanted.driver ?? override);
    if (needed !== override) writes.push(set(needed ?? ''));
    override = needed;
    if (now.driver)
      writes.push({ path: join(pci, 'drivers', now.driver, 'unbind'), value: address });
    if (wanted.driver) writes.push({ path: join(pci, 'drivers_probe'), value: address });
  }
  if (override !== wanted.override) writes.push(set(wanted.override ?? ''));
  return writes;
}

/** The change that binds each function to its driver. `root` stands for `/`. */
export function driverChange(
  thing: string,
  changes: readonly { device: Held; wanted: Holder }[],
  root = '/',
): Change<Held[]> {
  const before = changes.map(({ device }) => device);
  return {
    thing,
    writes: changes.flatMap(({ device, wanted }) => driverWrites(device, wanted, root)),
    read: () => {
      const now = before.flatMap(({ address }) => readDevice(address, root) ?? []);
      return Promise.all(now.map((device) => readHeld(device, root)));
    },
    lacks: (now) => {
      if (root !== '/') return undefined;
      for (const { device, wanted } of changes) {
        const is = now.find(({ address }) => address === device.address);
        if (!is) return `${device.address} is gone`;
        const good =
          wanted.driver === ANY ? is.driver !== device.driver : is.driver === wanted.driver;
        if (!good) return `${device.address} is with ${is.driver ?? 'no driver'} now`;
      }
      return undefined;
    },
    back: (now) =>
      now.flatMap((is) => {
        const was = before.find(({ address }) => address === is.address);
        return was ? driverWrites(is, was, root) : [];
      }),
    described: (now) =>
      now.map(({ address, driver }) => `${address} with ${driver ?? 'no driver'}`).join(', '),
    remedy: (reason) => REMEDIES[reason] ?? "see 'dmesg'",
  };
}

/** Remedies by the kernel's message. */
const REMEDIES: Record<string, string> = {
  'Permission denied': 'run this as root',
  'Operation not permitted': 'run this as root',
  'Read-only file system': '/sys is read-only here: run this outside of the container',
  'No such device': 'the driver does not know this device, or somebody took it meanwhile',
  'No such file or directory': 'load the driver: modprobe vfio-pci',
  'Device or resource busy': "see 'vmlane sriov list' for who uses it",
  'Invalid argument': "the driver does not take it; see 'dmesg'",
};
