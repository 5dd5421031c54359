/** Whether a switch could reach a guest's memory. */
import type { Trouble } from '../values/errors.js';
import { regionTrouble } from '../values/memory-regions.js';
import { childrenOf } from '../xml/element.js';
import type { Domain } from './domain.js';
import { layoutOf } from './read/memory-parts.js';
import { privateMemory } from './read/shared-memory.js';

/**
 * Why a switch cannot map a guest's memory, and the remedy; undefined if it can. QEMU would accept a NIC
 * on a switch and carry no frame. Memory is fixed when a guest starts; qemu-wrap shares it without
 * libvirt's knowledge.
 */
export function memoryTrouble(
  { root, isWrapped, isShared }: Domain,
  { running = false } = {},
): Pick<Trouble, 'problem' | 'remedy'> | undefined {
  if (childrenOf(root, 'launchSecurity').length > 0) {
    const problem = 'its memory is encrypted: no switch can read it';
    return { problem, remedy: 'give it a NIC on a bridge' };
  }
  const regions = regionTrouble(layoutOf(root));
  if (regions || isWrapped || isShared) return regions;
  if (!running) {
    const [reason] = privateMemory(root);
    const problem = `its memory is private, the switch could not read it: ${reason?.why}`;
    return { problem, remedy: `${reason?.remedy}, or run 'vmlane domain convert'` };
  }
  return {
    problem: 'its memory is private, and that is fixed while it runs',
    remedy: "stop it, run 'vmlane domain convert' or 'vmlane wrap install', start it",
  };
}
