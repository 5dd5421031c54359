/** Whether qemu-wrap runs a domain. */
import { basename } from 'node:path';
import { childrenOf, down, type Tree } from '../../xml/element.js';
import type { DomainNic } from './nics.js';

/** Whether qemu-wrap is the emulator, under its own name or with an architecture behind it. */
export function isWrapped<T extends Tree<T>>(domain: T): boolean {
  return down(domain, 'devices', 'emulator').some(({ text }) =>
    /^qemu-wrap(-|$)/.test(basename(text.trim())),
  );
}

/**
 * Of a running or just ended domain that qemu-wrap runs: QEMU's ids of the netdevs of its NICs, `hostnet0`.
 * Which of them qemu-wrap has moved to the switch only its settings tell. libvirt names NICs at the start
 * and puts `host` before.
 */
export function netdevsOf(nics: readonly DomainNic[]): string[] {
  return nics
    .flatMap(({ element }) => childrenOf(element, 'alias'))
    .flatMap(({ attributes }) => (attributes.name ? [`host${attributes.name}`] : []));
}
