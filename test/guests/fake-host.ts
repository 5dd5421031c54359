import type { GuestHost, PortsClient } from '../../src/guests/host.js';
import type { Libvirt } from '../../src/libvirt/index.js';
import type { FakePorts } from '../switch/fake-ports.js';

/** A host with this libvirt and these ports; without ports its switch is out of reach. `root`: as that of GuestHost. */
export function fakeHost<K extends keyof Libvirt>(
  libvirt: Pick<Libvirt, K>,
  ports?: FakePorts,
  root?: string,
): GuestHost<K> {
  const stats = () => Promise.reject(new Error('nobody asked for this'));
  const client: PortsClient | undefined = ports && Object.assign(ports, { stats });
  return {
    libvirt,
    reach: async () => (client ? { client } : { why: 'it is far away' }),
    ...(root !== undefined && { root }),
  };
}
