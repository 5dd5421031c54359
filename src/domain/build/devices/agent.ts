import type { Guest } from '../../../spec/index.js';
import { element } from '../../../xml/build.js';
import type { Element } from '../../../xml/element.js';

/** Channel of QEMU's guest agent. Without a path, libvirt makes the socket in its own folder (1.2.20). */
export function agentChannel({ agent }: Guest): Element[] {
  if (agent === undefined) return [];
  const { socket } = agent;
  return [
    element('channel', { type: 'unix' }, [
      ...(socket === undefined ? [] : [element('source', { mode: 'bind', path: socket })]),
      element('target', { type: 'virtio', name: 'org.qemu.guest_agent.0' }),
    ]),
  ];
}
