import { closeSync, constants, openSync } from 'node:fs';
import { lookAt, type Root } from '../look/index.js';

/** 'usable', or why not: KVM is usable if its device can be opened. */
export function openKvm(root: Root = '/'): string {
  try {
    const path = `${lookAt(root).place('/dev')}/kvm`;
    closeSync(openSync(path, constants.O_RDWR | constants.O_NONBLOCK));
    return 'usable';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error);
  }
}
