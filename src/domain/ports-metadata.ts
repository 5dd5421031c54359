import type { Guest } from '../spec/index.js';
import { type Element, element } from './xml.js';

/**
 * What the switch must know of a guest's ports and libvirt has no place for; inspect.ts reads it.
 * One element of our own namespace, as libvirt asks of `<metadata>`.
 */
export function portSettings({ interfaces }: Guest): Element[] {
  const ports = interfaces.flatMap((nic) => {
    if (nic.type !== 'vhost-user') return [];
    const settings = {
      vlan: nic.vlan,
      spoofchk: nic.spoofchk ? 'yes' : undefined,
      'address-limit': nic.addressLimit,
      'flood-limit': nic.floodLimit,
    };
    if (Object.values(settings).every((value) => value === undefined)) return [];
    return [element('vmlane:port', { path: nic.socket, ...settings })];
  });
  if (ports.length === 0) return [];
  const ours = element('vmlane:ports', { 'xmlns:vmlane': 'urn:vmlane:ports:1' }, ports);
  return [element('metadata', {}, [ours])];
}
