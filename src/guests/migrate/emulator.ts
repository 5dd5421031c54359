/** Whether what an emulated guest writes while it moves is safe with its QEMU. */
import { has } from '../../qemu/version.js';
import { isOn } from '../states.js';
import type { MigrationNeeds } from './needs.js';

/** Whether QEMU can lose what a guest writes while it moves, if it runs meanwhile; an unknown QEMU can. */
export function losesWrites({ emulation, state }: MigrationNeeds): boolean {
  if (emulation === undefined || !isOn(state)) return false;
  const { atLeast: version } = emulation;
  return !has({ ...(version && { version }) }, 'moves of emulated guests that run meanwhile');
}
