/** What to do about a guest that is active but does not run. */
import type { DomainState } from '../libvirt/index.js';

/** It goes on where it was. */
export const WAKE: Partial<Record<DomainState, string>> = {
  paused: "continue it with 'virsh resume'",
  pmsuspended: "wake it with 'virsh dompmwakeup'",
};

/** All such states. */
export const NOT_RUNNING: Readonly<Record<string, string>> = {
  ...WAKE,
  'in shutdown': 'wait until it is off',
  crashed: 'see its log in /var/log/libvirt/qemu',
};
