import type { Nic } from '../spec/guest.js';
import { type Element, element } from './xml.js';

/** A virtio NIC. `<driver queues>` is 1.2.17 for vhost-user; one pair is QEMU's default and needs no driver. */
export function nicElement(of: Nic): Element {
  // No offloads are turned off here, not for vhost-user either: the switch offers only those that it can do,
  // and the guest negotiates with the switch.
  return element('interface', { type: of.type === 'vhost-user' ? 'vhostuser' : of.type }, [
    element('mac', { address: of.mac }),
    source(of),
    element('model', { type: 'virtio' }),
    ...(of.queues > 1 ? [element('driver', { queues: of.queues })] : []),
  ]);
}

/** What the NIC is attached to. vhostuser (1.2.7): `mode` is QEMU's role on the socket. */
function source(of: Nic): Element {
  switch (of.type) {
    case 'vhost-user':
      return element('source', { type: 'unix', path: of.socket, mode: of.mode });
    case 'bridge':
      return element('source', { bridge: of.bridge });
    case 'network':
      return element('source', { network: of.network });
  }
}
