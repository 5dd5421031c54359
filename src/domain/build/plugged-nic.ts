import type { VhostUserNic } from '../../spec/guest.js';
import { render } from '../../xml/build.js';
import { nicElement } from './nic-element.js';

/** XML of a vhost-user NIC, for attach-device and detach-device. */
export function pluggedXml(
  nic: Pick<VhostUserNic, 'mac' | 'socket' | 'listener' | 'reconnect' | 'queues' | 'pinned'>,
): string {
  const plain = { packed: false, offloads: { host: {}, guest: {} } };
  return render(nicElement({ type: 'vhost-user', ...plain, ...nic }));
}
