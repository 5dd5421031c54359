/** Which program runs a domain, and whether that is qemu-wrap. */
import { basename } from 'node:path';
import type { Version } from '../../qemu/host.js';
import { attribute, childrenOf, down, type Tree } from '../../xml/element.js';
import type { DomainNic } from './nics.js';

/** The version in its machine type's name, `pc-q35-7.2`: its QEMU is no older one. Others, as Red Hat's, have none. */
export function machineVersionOf<T extends Tree<T>>(domain: T): Version | undefined {
  const machine = attribute(down(domain, 'os', 'type')[0], 'machine') ?? '';
  const [, major, minor] = /-(\d+)\.(\d+)$/.exec(machine) ?? [];
  return major === undefined ? undefined : [Number(major), Number(minor)];
}

/** Whether qemu-wrap is the emulator, under its own name or with an architecture appended. */
export function isWrapped<T extends Tree<T>>(domain: T): boolean {
  return down(domain, 'devices', 'emulator').some(({ text }) =>
    /^qemu-wrap(-|$)/.test(basename(text.trim())),
  );
}

/**
 * QEMU's netdev ids, `hostnet0`, of the NICs of a domain that qemu-wrap runs, in their order; undefined for devices
 * of the host. Only qemu-wrap's settings decide which of them it has moved to the switch. libvirt derives the id
 * from the NIC's alias, with `host` before it. A definition has only aliases that somebody gave; at the start
 * libvirt numbers the others on from the highest. Source: qemuAssignDeviceNetAlias.
 */
export function netdevsOf(nics: readonly DomainNic[]): (string | undefined)[] {
  const given = nics.map(({ element }) => attribute(childrenOf(element, 'alias')[0], 'name'));
  const numbers = given.map((name) => Number(/^net(\d+)$/.exec(name ?? '')?.[1] ?? -1));
  let next = Math.max(-1, ...numbers) + 1;
  return nics.map(({ type }, i) => {
    if (given[i] || type !== 'hostdev') return `host${given[i] || `net${next++}`}`;
    return undefined;
  });
}
