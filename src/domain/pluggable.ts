import { InvalidInput } from '../values/errors.js';
import { childrenOf } from '../xml/element.js';
import type { Domain } from './domain.js';

/**
 * Throws InvalidInput for a guest whose memory a switch could not reach: QEMU would take the NIC and
 * carry no frame. Memory is fixed when a guest starts; qemu-wrap shares it without libvirt's knowledge.
 */
export function checkPluggable(domain: Domain, name: string): void {
  const thing = `domain ${name}`;
  if (childrenOf(domain.root, 'launchSecurity').length > 0) {
    const problem = 'its memory is encrypted: no switch can read it';
    throw new InvalidInput({ thing, problem, remedy: 'give it a NIC on a bridge' });
  }
  if (domain.isWrapped || domain.isShared) return;
  throw new InvalidInput({
    thing,
    problem: 'its memory is private, and that is fixed while it runs',
    remedy: "stop it, run 'vmlane domain convert' or 'vmlane wrap install', start it",
  });
}
