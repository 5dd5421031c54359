/** What a guest's state means. */
import type { DomainState } from '../libvirt/index.js';

/** Whether it runs. */
export function isOn(state: DomainState): boolean {
  return state === 'running' || state === 'idle';
}

/** What to do about a guest that is active but does not run. */
export const NOT_RUNNING: Partial<Record<DomainState, string>> = {
  paused: "continue it with 'virsh resume'",
  pmsuspended: "wake it with 'virsh dompmwakeup'",
  'in shutdown': 'wait until it is off',
  crashed: 'see its log in /var/log/libvirt/qemu',
};
