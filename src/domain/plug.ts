import { basename } from 'node:path';
import { InvalidInput } from '../errors.js';
import { children, readDomain } from './read.js';
import { type Element, element, render } from './xml.js';

/** A vhost-user NIC for a guest that runs. */
export interface PluggedNic {
  mac: string;
  /** Socket where QEMU listens. */
  path: string;
  /** Queue pairs. */
  queues: number;
}

/** Its XML, for attach-device and detach-device. */
export function pluggedXml({ mac, path, queues }: PluggedNic): string {
  return render(
    element('interface', { type: 'vhostuser' }, [
      element('mac', { address: mac }),
      element('source', { type: 'unix', path, mode: 'server' }),
      element('model', { type: 'virtio' }),
      ...(queues > 1 ? [element('driver', { queues })] : []),
    ]),
  );
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
    .some(({ content }) => /^qemu-wrap(-|$)/.test(basename(String(content).trim())));
  if (wrapped || isShared(domain)) return;
  throw new InvalidInput({
    thing,
    problem: 'its memory is private, and that is fixed while it runs',
    remedy: "stop it, add <memoryBacking> with <access mode='shared'/>, or wrap it, start it",
  });
}

function isShared(domain: Element): boolean {
  const cells = children(domain, 'cpu')
    .flatMap((cpu) => children(cpu, 'numa'))
    .flatMap((numa) => children(numa, 'cell'));
  const backing = children(domain, 'memoryBacking');
  const shared = backing
    .flatMap((one) => children(one, 'access'))
    .some(({ attributes }) => attributes.mode === 'shared');
  if (cells.length === 0) return shared;
  return cells.every(
    ({ attributes: { memAccess } }) => (memAccess ?? (shared && 'shared')) === 'shared',
  );
}
