import type { Guest } from '../../spec/index.js';
import { given } from '../../spec/resolve/given.js';
import { element } from '../../xml/build.js';
import type { Element } from '../../xml/element.js';
import { OURS } from '../read/metadata.js';
import { settingAttributes } from '../read/port-settings.js';

const [NAME, NAMESPACE] = OURS.ports;

/**
 * Settings of a guest's ports that libvirt has no place for; read/kept-settings.ts reads them.
 * One element in our own namespace, as libvirt requires in `<metadata>`.
 */
export function portSettings({ interfaces }: Guest): Element[] {
  const ports = interfaces.flatMap((nic) => {
    if (nic.type !== 'vhost-user') return [];
    const { relay, vlan, network, vlanMode, trunks, isolated, addressLimit, floodLimit } = nic;
    const { inbound, outbound } = nic.bandwidth ?? {};
    const { link, guards, ipAddresses, addressLearning, dhcpServers } = nic;
    const settings = settingAttributes(
      given({
        ...{ link, guards, ipAddresses, addressLearning, dhcpServers },
        ...{ relay, vlan, network, vlanMode, trunks, isolated, addressLimit, floodLimit },
        ...{ inbound: inbound?.average, inboundPeak: inbound?.peak, inboundBurst: inbound?.burst },
        ...{ outbound: outbound?.average, outboundPeak: outbound?.peak },
        outboundBurst: outbound?.burst,
      }),
    );
    if (Object.values(settings).every((value) => value === undefined)) return [];
    return [element('vmlane:port', { path: nic.socket, ...settings })];
  });
  if (ports.length === 0) return [];
  const ours = element(NAME, { 'xmlns:vmlane': NAMESPACE }, ports);
  return [element('metadata', {}, [ours])];
}
