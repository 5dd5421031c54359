/** This process's descriptors and arguments. */
import { isUtf8 } from 'node:buffer';
import { readFileSync } from 'node:fs';
import { lookAt, type Root } from '../look/index.js';

/** Numbers of the open descriptors. */
export function ownDescriptors(root: Root = '/'): number[] {
  return lookAt(root).names('/proc/self/fd').map(Number);
}

/** Names of the taps behind descriptors, from `iff:` in fdinfo. Source: tun_chr_show_fdinfo of Linux. */
export function ownTaps(root: Root = '/'): Map<number, string> {
  const look = lookAt(root);
  return new Map(
    ownDescriptors(look).flatMap((fd): [number, string][] => {
      const name = /^iff:\t(\S+)$/m.exec(look.text(`/proc/self/fdinfo/${fd}`) ?? '')?.[1];
      return name === undefined ? [] : [[fd, name]];
    }),
  );
}

/** Whether the arguments are UTF-8; Node replaces invalid bytes. */
export function areArgumentsText(): boolean {
  return isUtf8(readFileSync('/proc/self/cmdline'));
}
