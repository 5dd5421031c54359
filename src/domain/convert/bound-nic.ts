/**
 * vhost-user NICs whose socket QEMU makes, put into a domain that another program has written: KubeVirt, which calls
 * its NICs by alias. The memory becomes shared, as `domain convert` does it.
 */
import type { VhostUserNic } from '../../spec/guest.js';
import { element } from '../../xml/build.js';
import { applyEdits, type Edit, indented, leadOf, quoteOf, stepOf } from '../../xml/edit.js';
import { attribute, childrenOf, type Element } from '../../xml/element.js';
import type { Placed } from '../../xml/scan.js';
import { refusal } from '../../xml/text.js';
import { nicElement } from '../build/nic-element.js';
import { announce } from '../change/host-mtu.js';
import { shareMemory } from '../change/share-memory.js';
import type { Domain } from '../domain.js';
import { memoryTrouble } from '../pluggable.js';
import { USER_ALIAS } from '../read/alias.js';

/** A NIC to put in. */
export interface BoundNic
  extends Pick<VhostUserNic, 'queues' | 'rxQueueSize' | 'txQueueSize' | 'guestAddress'> {
  /** libvirt's alias is `ua-` and this; a NIC that has it already is replaced. */
  name: string;
  /** Where QEMU listens. */
  socket: string;
  mtu: number;
  /** Undefined: libvirt chooses one. */
  mac: string | undefined;
  /** Legacy drivers, too. */
  transitional: boolean;
  acpiIndex: number | undefined;
  bootOrder: number | undefined;
  link: 'up' | 'down';
}

/** The domain with these NICs. @throws InvalidInput for memory that no switch can read */
export function withBoundNics(domain: Domain, nics: readonly BoundNic[]): string {
  const trouble = memoryTrouble(domain, { running: false });
  // Private memory is what is about to change.
  if (trouble && childrenOf(domain.root, 'launchSecurity').length > 0)
    throw refusal(trouble.problem, trouble.remedy);
  const { text, placed } = domain;
  const [devices] = childrenOf(placed, 'devices');
  if (!devices?.inner) throw refusal('has no devices', 'is this the domain of a guest?');
  const puts = nics.map((nic) => putEdit(text, devices, aliasOf(nic), boundElement(nic)));
  const announced = nics.map((nic) => ({ alias: aliasOf(nic), mtu: nic.mtu }));
  return applyEdits(text, [
    ...shareMemory(text, placed, quoteOf(text, placed)).edits,
    ...puts,
    ...announce(text, placed, announced),
  ]);
}

function aliasOf({ name }: BoundNic): string {
  return `${USER_ALIAS}${name}`;
}

/** As a spec's NIC is written, with what only such domains have, in the place where libvirt writes it. */
function boundElement(nic: BoundNic): Element {
  const plain = { packed: false, offloads: { host: {}, guest: {} }, pinned: true } as const;
  const { mac = '', socket, queues, rxQueueSize, txQueueSize, guestAddress } = nic;
  const of = nicElement({
    ...{ type: 'vhost-user', listener: 'qemu', ...plain, mac, socket, queues },
    ...(rxQueueSize && { rxQueueSize }),
    ...(txQueueSize && { txQueueSize }),
    ...(guestAddress && { guestAddress }),
  });
  const inside = of.children
    .filter(({ name }) => name !== 'mac' || mac !== '')
    .map((one) => {
      if (one.name !== 'model' || !nic.transitional) return one;
      return element('model', { type: 'virtio-transitional' });
    });
  const address = inside.filter(({ name }) => name === 'address');
  const own = [
    ...(nic.link === 'down' ? [element('link', { state: 'down' })] : []),
    ...(nic.bootOrder === undefined ? [] : [element('boot', { order: nic.bootOrder })]),
    ...(nic.acpiIndex === undefined ? [] : [element('acpi', { index: nic.acpiIndex })]),
    element('alias', { name: aliasOf(nic) }),
  ];
  return {
    ...of,
    children: [...inside.filter((one) => !address.includes(one)), ...own, ...address],
  };
}

/** In the place of the NIC of this alias, else behind the last one, else as the last device. */
function putEdit(text: string, devices: Placed, alias: string, nic: Element): Edit {
  const there = childrenOf(devices, 'interface');
  const same = there.find((one) => attribute(childrenOf(one, 'alias')[0], 'name') === alias);
  const anchor = same ?? there.at(-1) ?? devices.children.at(-1);
  const outer = leadOf(text, devices.start);
  const lead = anchor ? leadOf(text, anchor.start) : outer === '' ? '' : `${outer}  `;
  const step = anchor ? stepOf(text, devices, anchor) : '  ';
  const written = indented(nic, lead, step);
  if (same) return { start: same.start, end: same.end, text: written };
  const at = anchor?.end ?? devices.inner?.start ?? devices.nameEnd;
  return { start: at, end: at, text: lead + written };
}
