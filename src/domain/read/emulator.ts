/** Whether qemu-wrap runs a domain. */
import { basename } from 'node:path';
import { attribute, childrenOf, down, type Tree } from '../../xml/element.js';
import type { DomainNic } from './nics.js';

/** Whether qemu-wrap is the emulator, under its own name or with an architecture behind it. */
export function isWrapped<T extends Tree<T>>(domain: T): boolean {
  return down(domain, 'devices', 'emulator').some(({ text }) =>
    /^qemu-wrap(-|$)/.test(basename(text.trim())),
  );
}

/**
 * Of a domain that qemu-wrap runs: QEMU's ids of the netdevs of its NICs, `hostnet0`, in their order; undefined for
 * devices of the host. Which of them qemu-wrap has moved to the switch only its settings tell. libvirt names NICs and
 * puts `host` before. A definition has those names alone that somebody gave; at the start libvirt numbers the others
 * on from the highest. Source: qemuAssignDeviceNetAlias.
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
