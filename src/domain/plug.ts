import type { VhostUserNic } from '../spec/guest.js';
import { InvalidInput } from '../values/errors.js';
import { render } from '../xml/build.js';
import { openDomain } from '../xml/open.js';
import { children, readDomain } from '../xml/read.js';
import { childrenOf } from '../xml/scan.js';
import { nicElement } from './nic.js';
import { isWrapped, privateMemory } from './shared.js';

/** XML of a vhost-user NIC, for attach-device and detach-device. */
export function pluggedXml(nic: Pick<VhostUserNic, 'mac' | 'socket' | 'mode' | 'queues'>): string {
  const plain = { packed: false, offloads: { host: {}, guest: {} }, spoofchk: false };
  return render(nicElement({ type: 'vhost-user', ...plain, ...nic }));
}

/** Number of NICs of any kind. Throws InvalidInput for what is not a domain. */
export function countNics(xml: string): number {
  return children(readDomain(xml), 'devices').flatMap((one) => children(one, 'interface')).length;
}

/**
 * Throws InvalidInput for a guest whose memory a switch could not reach: QEMU would take the NIC and
 * carry no frame. Memory is fixed when a guest starts; qemu-wrap shares it without libvirt's knowledge.
 */
export function checkPluggable(xml: string, name: string): void {
  const domain = openDomain(xml);
  const thing = `domain ${name}`;
  if (childrenOf(domain, 'launchSecurity').length > 0) {
    const problem = 'its memory is encrypted: no switch can read it';
    throw new InvalidInput({ thing, problem, remedy: 'give it a NIC on a bridge' });
  }
  if (isWrapped(domain) || privateMemory(domain).length === 0) return;
  throw new InvalidInput({
    thing,
    problem: 'its memory is private, and that is fixed while it runs',
    remedy: "stop it, run 'vmlane domain convert' or 'vmlane wrap install', start it",
  });
}
