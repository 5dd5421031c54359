import type { Guest } from '../../spec/index.js';
import { type Element, element } from '../xml.js';

/** Channel of QEMU's guest agent. Without a path libvirt makes the socket in its own folder (1.2.20). */
export function agentChannel({ agent }: Guest): Element[] {
  if (!agent) return [];
  const target = element('target', { type: 'virtio', name: 'org.qemu.guest_agent.0' });
  return [element('channel', { type: 'unix' }, [target])];
}
