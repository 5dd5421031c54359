/** Whether a guest can move to another host: pure, facts in, findings out. */
import { type Found, failure, ok, warning } from '../../host/check/finding.js';
import type { MigrationFacts } from '../../host/migration/facts.js';
import {
  addNetwork,
  installHook,
  largerFrames,
  moreQueues,
  OTHER_VLAN,
  widerPath,
  withhold,
} from '../../host/migration/remedies.js';
import { mtuTrouble } from '../../values/frame-mtu.js';
import { lackingFeatures } from '../../values/virtio-features.js';
import { isBelow } from '../ports.js';
import { isOn } from '../states.js';
import { losesWrites } from './emulator.js';
import type { MigrationNeeds, NicNeeds } from './needs.js';

/** How it is to move. */
export interface Manner {
  /** Its NICs are to be native ones there. */
  native?: boolean | undefined;
  /** It is to run meanwhile, even if QEMU can lose what it writes. */
  live?: boolean | undefined;
}

/** What is wrong, and what was found to be right. */
export function* judgeMigration(
  needs: MigrationNeeds,
  there: MigrationFacts,
  { native = false, live = false }: Manner = {},
): Iterable<Found> {
  yield* judgeGuest(needs, native);
  if (losesWrites(needs)) yield judgeEmulated(needs, live);
  const { nics, guest } = needs;
  if (nics.length === 0) {
    yield ok('it has no NIC on the switch, so only libvirt has a say', guest);
    return;
  }
  yield* judgeSwitch(there);
  yield* judgeHook(needs, there, native);
  for (const nic of nics) yield* judgeNic(nic, there);
}

function* judgeGuest(
  { guest, state, devices, wrapped, shared, nics }: MigrationNeeds,
  native: boolean,
): Iterable<Found> {
  if (isOn(state) || state === 'paused') yield ok('it runs', `${guest}: ${state}`);
  else
    yield failure(
      'only a guest that runs can move while it runs',
      `${guest}: ${state}`,
      "start it, or define it there: 'virsh dumpxml', 'virsh define'",
    );
  if (devices > 0)
    yield failure(
      "devices of this host's are passed through to it",
      `${guest}: ${devices}`,
      "detach them first: 'virsh detach-device'; a VF behind a relay needs none",
    );
  if (!native) return;
  if (!wrapped) yield warning('its NICs are native ones already', guest, 'leave --native out');
  // libvirt compares both, and refuses. Source: qemuDomainMigratableDefCheckABIStability, memoryBacking, 9.0.
  else if (!shared)
    yield failure(
      'libvirt refuses that a guest becomes native whose definition does not share its memory',
      guest,
      "move it as it is, without --native; or stop it, add <memoryBacking><source type='memfd'/><access mode='shared'/></memoryBacking>, and start it again",
    );
  // It compares <mtu>, too, and starts no native NIC with it. Source: virDomainNetDefCheckABIStability, 9.0.
  for (const { label } of wrapped ? nics.filter(({ tapMtu }) => tapMtu) : [])
    yield failure(
      `${label}: libvirt refuses that a NIC with <mtu> becomes native while its guest runs`,
      guest,
      "move it as it is, without --native; or stop it and convert it: 'vmlane domain convert'",
    );
}

function judgeEmulated({ guest, emulation }: MigrationNeeds, live: boolean): Found {
  const version = emulation?.atLeast?.join('.');
  const which = version === undefined ? 'one of unknown version' : `${version} or a newer one`;
  const evidence = `${guest}: emulated by ${which}, as its machine type says`;
  const what = 'QEMU before 9.0 can lose what an emulated guest writes while it moves';
  return live
    ? warning(what, evidence, 'without --live it is paused meanwhile')
    : warning(`${what}: it is paused meanwhile`, evidence, '--live lets it run all the same');
}

function* judgeSwitch({ host, switch: offer }: MigrationFacts): Iterable<Found> {
  if ('problem' in offer)
    yield failure('no switch answers there', `${host}: ${offer.problem}`, offer.remedy);
  else yield ok('a switch answers there', `${host}: version ${offer.version}`);
}

function* judgeHook(
  { nics, wrapped }: MigrationNeeds,
  { host, hook }: MigrationFacts,
  native: boolean,
): Iterable<Found> {
  const remedy = installHook(host);
  if (hook.length === 0) {
    yield failure("libvirt's hook is missing there, so it would find no port", host, remedy);
    return;
  }
  const paths = wrapped && !native ? [] : nics.flatMap(({ path }) => path ?? []);
  const outside = paths.find((path) => !isBelow(path, hook));
  if (outside === undefined) yield ok("libvirt's hook there registers its ports", host);
  else
    yield failure(
      "libvirt's hook there has nothing to do with its socket",
      `${host}: ${outside}`,
      `${remedy} --socket-dir, with its folder`,
    );
}

function* judgeNetwork(
  { label, network, vlan, mtu, pathMtu }: NicNeeds,
  host: string,
  networks: MigrationFacts['networks'],
): Iterable<Found> {
  if (network === undefined) return;
  const found = networks.find(({ name }) => name === network);
  if (!found)
    yield failure(`${label}: its network ${network} is not there`, host, addNetwork(host, network));
  else if (vlan !== undefined && found.vlan !== vlan)
    yield warning(
      `${label}: its network ${network} has another VLAN there: a trunk between the switches does not join it`,
      `here ${vlan}, ${host} ${found.vlan}`,
      OTHER_VLAN,
    );
  else yield ok(`${label}: its network ${network} is there`, `${host}: VLAN ${found.vlan}`);
  // What did not get through here, either, is nothing that the move takes.
  const carried = mtu === undefined ? undefined : Math.min(mtu, pathMtu ?? mtu);
  if (carried !== undefined && found?.mtu !== undefined && found.mtu < carried)
    yield failure(
      `${label}: its MTU is ${mtu}, and its network ${network} carries ${found.mtu} there`,
      host,
      widerPath(host, network),
    );
}

function* judgeNic(
  nic: NicNeeds,
  { host, switch: offer, networks }: MigrationFacts,
): Iterable<Found> {
  const { label, features, queues, mtu } = nic;
  yield* judgeNetwork(nic, host, networks);
  if ('problem' in offer) return;
  if (features === undefined) {
    yield warning(
      `${label}: its guest is not connected to the switch`,
      label,
      "'vmlane doctor' says why",
    );
  } else if (offer.features === undefined) {
    yield warning(
      `${label}: the switch there is too old to tell what it offers`,
      `${host}: version ${offer.version}`,
      'QEMU compares when it gets there, and refuses; upgrade the switch',
    );
  } else {
    const lacking = lackingFeatures(features, offer.features);
    if (lacking.length > 0)
      yield failure(
        `${label}: its guest uses ${lacking.join(', ')}, which the switch there does not offer`,
        host,
        `have it offer that, or ${withhold('this host', lacking)}`,
      );
  }
  if (queues !== undefined && queues > offer.queue_limit)
    yield failure(
      `${label}: it has ${queues} queue pairs, and the switch there allows ${offer.queue_limit}`,
      host,
      moreQueues(host, queues),
    );
  const trouble = mtu === undefined ? undefined : mtuTrouble(mtu, offer.max_frame);
  if (trouble) yield failure(`${label}: ${trouble.problem}`, host, largerFrames(host));
}
