import { InvalidInput } from '../errors.js';
import type { VhostUserNic } from '../spec/guest.js';
import { isWrapper } from './inspect.js';
import { nicElement } from './nic.js';
import { children, readDomain } from './read.js';
import { type Element, render } from './xml.js';

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
  const domain = readDomain(xml);
  const thing = `domain ${name}`;
  if (children(domain, 'launchSecurity').length > 0) {
    const problem = 'its memory is encrypted: no switch can read it';
    throw new InvalidInput({ thing, problem, remedy: 'give it a NIC on a bridge' });
  }
  const wrapped = children(domain, 'devices')
    .flatMap((devices) => children(devices, 'emulator'))
    .some(({ content }) => isWrapper(String(content)));
  if (wrapped || isShared(domain)) return;
  throw new InvalidInput({
    thing,
    problem: 'its memory is private, and that is fixed while it runs',
    remedy: "stop it, run 'vmlane domain convert' or 'vmlane wrap install', start it",
  });
}

/** A cell without memAccess does as `<access>` says. Anonymous memory has no descriptor to hand over. */
function isShared(domain: Element): boolean {
  const cells = children(domain, 'cpu')
    .flatMap((cpu) => children(cpu, 'numa'))
    .flatMap((numa) => children(numa, 'cell'));
  const of = (name: string) =>
    children(domain, 'memoryBacking').flatMap((backing) => children(backing, name));
  const named =
    of('hugepages').length > 0 ||
    of('source').some(({ attributes }) => ['memfd', 'file'].includes(attributes.type ?? ''));
  const shared = of('access').some(({ attributes }) => attributes.mode === 'shared');
  if (cells.length === 0) return named && shared;
  const access = shared ? 'shared' : 'private';
  return named && cells.every(({ attributes }) => (attributes.memAccess ?? access) === 'shared');
}
