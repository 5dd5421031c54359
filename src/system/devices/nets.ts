/** Network interfaces of this network namespace. */
import { lookAt, type Root } from '../look/index.js';
import { fileOf } from './pci.js';

const NETS = '/sys/class/net';

/** An interface with a device. */
export interface NetLink {
  name: string;
  /** `up`, `down`, `unknown` … */
  state: string;
  /** Address of its PCI function; absent: another bus. */
  address?: string;
}

/** Whether an interface with this name exists; it must pass isNetName. */
export function hasNet(name: string, root: Root = '/'): boolean {
  return lookAt(root).exists(`${NETS}/${name}`);
}

/** Interfaces with a device: no bridges, taps, loopback. */
export function readNetLinks(root: Root = '/'): NetLink[] {
  const look = lookAt(root);
  return look.names(NETS).flatMap((name): NetLink[] => {
    const device = look.real(`${NETS}/${name}/device`);
    if (device === undefined) return [];
    const state = look.text(`${NETS}/${name}/operstate`)?.trim() || 'unknown';
    // virtio and others are on a bus of their own, above the PCI function.
    const address = device
      .split('/')
      .findLast((part) => part.includes(':') && look.exists(fileOf(part, 'class')));
    return [{ name, state, ...(address !== undefined && { address }) }];
  });
}

const SYSCTLS = '/proc/sys';

/** The switch of an interface's IPv6, which is on at 0. */
export function ipv6SwitchOf(name: string): string {
  return `${SYSCTLS}/net/ipv6/conf/${name}/disable_ipv6`;
}

/** A file of the kernel's settings as sysctl(8) names it. */
export function sysctlOf(file: string): string {
  return file.slice(SYSCTLS.length + 1);
}

/** Whether this host speaks IPv6 on an interface. */
export function hasIpv6(name: string, root: Root = '/'): boolean {
  return lookAt(root).text(ipv6SwitchOf(name))?.trim() === '0';
}

/** Whether an interface with this name, which must pass isNetName, is wireless. */
export function isWireless(name: string, root: Root = '/'): boolean {
  return lookAt(root).exists(`${NETS}/${name}/phy80211`);
}

/** Major and minor number of a macvtap's device; undefined: there is none. */
export function macvtapNumbers(
  name: string,
  root: Root = '/',
): [major: string, minor: string] | undefined {
  const look = lookAt(root);
  const folder = `${NETS}/${name}/macvtap`;
  const [device] = look.names(folder);
  const text = device === undefined ? undefined : look.text(`${folder}/${device}/dev`);
  const [, major, minor] = /^(\d+):(\d+)\n?$/.exec(text ?? '') ?? [];
  return major !== undefined && minor !== undefined ? [major, minor] : undefined;
}
