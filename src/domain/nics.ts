import { children, readDomain } from '../xml/read.js';

/** A NIC of any kind, as far as a list shows it. */
export interface DomainNic {
  /** libvirt's word: `vhostuser`, `bridge`, `network`, … */
  type: string;
  /** Lower case; absent: libvirt chooses one at define. */
  mac?: string;
  /** The socket, bridge, network or device that it leads to. */
  source?: string;
  /** QEMU's role on the socket of a vhost-user NIC. */
  mode?: string;
}

/** All NICs of a domain, in their order. Throws InvalidInput for what is not a domain. */
export function domainNics(xml: string): DomainNic[] {
  const interfaces = children(readDomain(xml), 'devices').flatMap((devices) =>
    children(devices, 'interface'),
  );
  return interfaces.map((nic) => {
    const mac = children(nic, 'mac')[0]?.attributes.address?.toLowerCase();
    const { path, bridge, network, dev, mode } = children(nic, 'source')[0]?.attributes ?? {};
    const source = path ?? bridge ?? network ?? dev;
    return {
      type: nic.attributes.type ?? '',
      ...(mac !== undefined && { mac }),
      ...(source !== undefined && { source }),
      // A direct interface has another kind of mode.
      ...(mode !== undefined && nic.attributes.type === 'vhostuser' && { mode }),
    };
  });
}
