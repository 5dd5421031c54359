/** A NIC's model, and what its driver and its port support. */

import { atLeast, type Version } from '../../qemu/index.js';
import { mtuTrouble, NIC_MTU, USUAL_MTU } from '../../values/frame-mtu.js';
import { attribute, childrenOf } from '../../xml/element.js';
import type { Placed } from '../../xml/scan.js';
import { keptSettings } from '../read/kept-settings.js';
import { VIRTIO } from '../read/nics.js';
import { HOST_MTU, propertiesOf } from '../read/override.js';
import { unserved } from '../read/unserved.js';
import { whole } from '../read/values.js';
import type { HostFacts } from './facts.js';
import { error, type Found, type Rule, shown, unfit, warning } from './finding.js';
import type { Subject } from './subject.js';

export const NICS: readonly Rule[] = [
  { name: 'nic-model', check: model },
  { name: 'unserved', check: unservable },
  { name: 'ring-size', check: ringSizes },
  { name: 'queues', check: queues },
  { name: 'offloads', check: offloads },
  { name: 'rss', check: rss },
  { name: 'mtu', check: mtu },
];

function* model({ vhostUser }: Subject): Iterable<Found> {
  for (const { element, model } of vhostUser) {
    if (VIRTIO.includes(model)) continue;
    const at = childrenOf(element, 'model')[0] ?? element;
    const problem = `the model is ${model ? shown(model) : "left to libvirt's default"}, only virtio can be vhost-user`;
    yield error(at, problem, "write <model type='virtio'/>");
  }
}

function* unservable({ vhostUser }: Subject): Iterable<Found> {
  for (const { element } of vhostUser) {
    const found = unserved(element);
    if (found) yield error(found.at, `the NIC ${found.problem}`, found.remedy);
  }
}

/** rx: libvirt 2.3, tx: 3.7, which QEMU accepts on vhost-user only. Bounds: QEMU's hw/net/virtio-net.c. */
function* ringSizes({ nics, facts }: Subject): Iterable<Found> {
  for (const { element, type } of nics) {
    const [driver] = childrenOf(element, 'driver');
    for (const name of ['rx_queue_size', 'tx_queue_size']) {
      const size = attribute(driver, name);
      if (!driver || size === undefined) continue;
      const number = whole(size, 256, 1024);
      if (number === undefined || !Number.isInteger(Math.log2(number))) {
        const problem = `${name}=${shown(size)} is no power of two from 256 to 1024`;
        yield error(driver, problem, 'give 256, 512 or 1024');
      } else if (name === 'tx_queue_size' && number > 256 && type !== 'vhostuser') {
        yield longRing(driver, size, facts.host?.qemu);
      }
    }
  }
}

/** On a tap QEMU makes it 256, and from 8.1 on refuses to start: virtio_net_device_realize. */
function longRing(driver: Placed, size: string, qemu: Version | undefined): Found {
  const only = `tx_queue_size=${shown(size)} is for vhost-user alone`;
  const remedy = "leave it out, or write tx_queue_size='256'";
  if (!qemu) {
    const problem = `${only}: QEMU uses 256 here, and from 8.1 on does not start`;
    return warning(driver, problem, remedy);
  }
  if (atLeast(qemu, [8, 1]))
    return unfit(driver, `${only}: QEMU from 8.1 on does not start`, remedy);
  return warning(driver, `${only}, QEMU uses 256 here`, remedy);
}

/** rte_vhost supports 128 pairs, a tap 256 (MAX_TAP_QUEUES). */
function* queues({ nics, vcpus }: Subject): Iterable<Found> {
  for (const { element, type } of nics) {
    const [driver] = childrenOf(element, 'driver');
    const text = attribute(driver, 'queues');
    if (!driver || text === undefined) continue;
    const most = type === 'vhostuser' ? 128 : 256;
    const number = whole(text, 1, most);
    if (number === undefined) {
      const problem = `queues=${shown(text)} is not from 1 to ${most}`;
      yield error(driver, problem, `give 1 to ${most}, at most one for each vCPU`);
    } else if (vcpus !== undefined && number > vcpus) {
      const problem = `${number} queue pairs for ${vcpus} vCPU${vcpus === 1 ? '' : 's'}: the guest uses one for each`;
      yield warning(driver, problem, `give queues='${vcpus}'`);
    }
  }
}

/** Offloads: libvirt 1.2.9. */
function* offloads({ nics }: Subject): Iterable<Found> {
  for (const { element } of nics) {
    for (const guest of childrenOf(element, 'driver').flatMap((one) => childrenOf(one, 'guest'))) {
      if (attribute(guest, 'gso') === undefined) continue;
      yield error(guest, 'there is no gso of the guest', 'take it out; <host> has one');
    }
  }
}

/** libvirt 8.3. */
function* rss({ vhostUser }: Subject): Iterable<Found> {
  for (const { element } of vhostUser) {
    for (const driver of childrenOf(element, 'driver')) {
      for (const name of ['rss', 'rss_hash_report']) {
        if (attribute(driver, name) !== 'on') continue;
        yield error(driver, `${name} is for taps alone`, `take ${name} out; queues are enough`);
      }
    }
  }
}

/** `<mtu>`: libvirt 3.1. Bounds: the least of IPv4 (RFC 791), the most of virtio-net. */
function* mtu({ domain, nics, vhostUser, facts }: Subject): Iterable<Found> {
  const { settings } = keptSettings(domain);
  const overrides = propertiesOf(domain).filter(
    ({ name, type }) => name === HOST_MTU && type !== 'remove',
  );
  for (const { element, index, alias } of nics) {
    const nic = vhostUser.find((one) => one.index === index);
    const network = nic && settings.get(nic.path)?.network;
    const own = childrenOf(element, 'mtu').map((at) => ({ at, size: attribute(at, 'size') }));
    const past = overrides.filter((one) => alias !== undefined && one.alias === alias);
    const all = [...own, ...past.map(({ element: at, value: size }) => ({ at, size }))];
    for (const { at, size = '' } of all) {
      const bytes = whole(size, NIC_MTU.min, NIC_MTU.max);
      if (bytes === undefined) {
        const problem = `${at.name === 'mtu' ? 'size' : HOST_MTU}=${shown(size)} is no MTU`;
        yield error(at, problem, `give ${NIC_MTU.min} to ${NIC_MTU.max}, such as 1500 or 9000`);
        continue;
      }
      if (nic && at.name === 'mtu') yield unstartable(at);
      if (nic) yield* carried(at, bytes, network, facts.host);
    }
  }
}

/** It would set the MTU of the NIC's device on the host, and there is none (9.0 and 11.3). */
function unstartable(at: Placed): Found {
  const problem = 'libvirt starts no vhost-user NIC with <mtu>';
  return error(at, problem, "run 'vmlane domain convert', which lets QEMU announce it");
}

/** Of the switch that runs; another may be started before the guest. */
function* carried(
  at: Placed,
  mtu: number,
  network: string | undefined,
  host: HostFacts | undefined,
): Iterable<Found> {
  if (!host || mtu <= USUAL_MTU) return;
  if (host.maxFrame === undefined) {
    const problem = `an MTU of ${mtu} needs a switch that carries it, which was not asked`;
    yield warning(at, problem, 'start it with --mergeable');
    return;
  }
  const trouble = mtuTrouble(mtu, host.maxFrame);
  if (trouble) return yield unfit(at, trouble.problem, trouble.remedy);
  const most = network === undefined ? undefined : host.networkMtus?.get(network);
  if (most === undefined || mtu <= most) return;
  const problem = `its MTU is ${mtu}, and network ${network} carries ${most}: larger frames reach only guests on the switch`;
  yield warning(at, problem, `see 'vmlane network show ${network}'`);
}
