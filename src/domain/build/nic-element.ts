import type { Nic, Offloads, VfNic, VfPoolNic, VirtioNic } from '../../spec/guest.js';
import { pciAttributes } from '../../values/pci.js';
import { element } from '../../xml/build.js';
import type { Element } from '../../xml/element.js';
import { TRUST } from '../read/pinned.js';
import { announcedBy, teamAlias } from './host-mtu.js';
import { NEWEST, type Target } from './target.js';

/** A NIC of any kind. */
export function nicElement(nic: Nic, target: Target = NEWEST): Element {
  return nic.type === 'vf' || nic.type === 'vf-pool' ? vf(nic, target) : virtio(nic, target);
}

/** Offloads stay on unless the spec turns them off: guest and switch negotiate those that both support. */
function virtio(nic: VirtioNic, target: Target): Element {
  const announced = announcedBy(nic, target);
  const alias = announced?.alias ?? (nic.team === undefined ? undefined : teamAlias(nic.team));
  return element('interface', attributesOf(nic), [
    element('mac', { address: nic.mac }),
    source(nic, target),
    element('model', { type: 'virtio' }),
    ...driver(nic, target),
    ...(nic.team === undefined ? [] : teaming(nic.team, { type: 'persistent' }, target)),
    ...(nic.mtu === undefined || nic.type === 'vhost-user'
      ? []
      : [element('mtu', { size: nic.mtu })]),
    ...(alias === undefined ? [] : [element('alias', { name: alias })]),
    ...inGuest(nic),
  ]);
}

/** Where the guest has it; libvirt adds the buses that are needed. */
function inGuest({ guestAddress }: Nic): Element[] {
  if (guestAddress === undefined) return [];
  return [element('address', { type: 'pci', ...pciAttributes(guestAddress) })];
}

/** A NIC of a team is never pinned. */
function attributesOf(nic: VirtioNic): Record<string, string> {
  if (nic.type !== 'vhost-user') return { type: nic.type };
  const isTrusted = !nic.pinned && nic.team === undefined;
  return { type: 'vhostuser', ...(isTrusted && { [TRUST]: 'yes' }) };
}

/** What the NIC is attached to. For vhostuser (1.2.7), `mode` is QEMU's role on the socket; a server listens. */
function source(nic: VirtioNic, target: Target): Element {
  switch (nic.type) {
    case 'vhost-user': {
      const { socket: path, listener, reconnect } = nic;
      const mode = listener === 'qemu' ? 'server' : 'client';
      const again =
        reconnect !== undefined && target.has('4.1', 'QEMU does not dial its switch again')
          ? [element('reconnect', { enabled: 'yes', timeout: reconnect })]
          : [];
      return element('source', { type: 'unix', path, mode }, again);
    }
    case 'bridge':
      return element('source', { bridge: nic.bridge });
    case 'network':
      return element('source', { network: nic.network });
  }
}

/** queues 1.2.17, rx_queue_size 2.3, offloads 1.2.9; one pair is QEMU's default and needs no driver. */
function driver(nic: VirtioNic, target: Target): Element[] {
  const { queues, rxQueueSize, txQueueSize, packed, offloads } = nic;
  const tx = txQueueSize !== undefined && target.has('3.7', "transmit rings have QEMU's size");
  const attributes = {
    queues: queues > 1 ? queues : undefined,
    rx_queue_size: rxQueueSize,
    tx_queue_size: tx ? txQueueSize : undefined,
    packed: packed && target.has('6.3', 'packed rings are not offered') ? 'on' : undefined,
  };
  const content = [...switches('host', offloads.host), ...switches('guest', offloads.guest)];
  const isEmpty = Object.values(attributes).every((one) => one === undefined);
  return isEmpty && content.length === 0 ? [] : [element('driver', attributes, content)];
}

function switches(side: 'host' | 'guest', offloads: Offloads): Element[] {
  const given = Object.entries(offloads).map(([name, on]) => [name, on ? 'on' : 'off']);
  return given.length === 0 ? [] : [element(side, Object.fromEntries(given))];
}

/** A VF through VFIO, which libvirt binds and returns (managed). MAC and VLAN are set through the PF. */
function vf(nic: VfNic | VfPoolNic, target: Target): Element {
  const content = [
    element('mac', { address: nic.mac }),
    nic.type === 'vf' ? vfSource(nic) : element('source', { network: nic.network }),
    ...(nic.vlan === undefined ? [] : [element('vlan', {}, [element('tag', { id: nic.vlan })])]),
    ...(nic.team === undefined
      ? []
      : teaming(nic.team, { type: 'transient', persistent: teamAlias(nic.team) }, target)),
    ...inGuest(nic),
  ];
  if (nic.type === 'vf-pool') return element('interface', { type: 'network' }, content);
  return element('interface', { type: 'hostdev', managed: 'yes' }, content);
}

function vfSource({ address }: VfNic): Element {
  return element('source', {}, [element('address', { type: 'pci', ...pciAttributes(address) })]);
}

function teaming(team: string, attributes: Record<string, string>, target: Target): Element[] {
  target.need('6.1', `team ${team}`, 'give the guest one NIC, or a newer libvirt');
  return [element('teaming', attributes)];
}
