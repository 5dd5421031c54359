/** Whether guests can go from one host to the other and back: pure, facts in, findings out. */
import { lackingFeatures } from '../../values/virtio-features.js';
import { type Found, failure, ok, warning } from '../check/finding.js';
import type { MigrationFacts, SwitchOffer } from './facts.js';
import {
  addNetwork,
  installHook,
  largerFrames,
  moreQueues,
  OTHER_VLAN,
  widerPath,
  withhold,
} from './remedies.js';

/** What must be there on every host. */
export function* judgeHost({
  host,
  switch: offer,
  hook,
  networks,
}: MigrationFacts): Iterable<Found> {
  if ('problem' in offer)
    yield failure(
      'no switch answers, so guests cannot come here',
      `${host}: ${offer.problem}`,
      offer.remedy,
    );
  else yield ok('a switch answers', `${host}: version ${offer.version}`);
  if (hook.length === 0)
    yield failure(
      "libvirt's hook is missing, so a guest that comes finds no port",
      host,
      installHook(host),
    );
  else
    yield ok(
      "libvirt's hook registers the ports of guests that come",
      `${host}: ${hook.join(', ')}`,
    );
  const names = networks.map(({ name }) => name).join(', ');
  yield ok('networks that guests can come into', `${host}: ${names || 'none'}`);
}

/** What differs, and what it keeps from going where. */
export function* compareHosts(here: MigrationFacts, there: MigrationFacts): Iterable<Found> {
  yield* compareNetworks(here, there);
  if ('problem' in here.switch || 'problem' in there.switch) return;
  yield* compareFeatures([here.host, here.switch], [there.host, there.switch]);
  yield* compareNumbers([here.host, here.switch], [there.host, there.switch]);
}

type Offering = [host: string, offer: SwitchOffer];

function* compareNetworks(here: MigrationFacts, there: MigrationFacts): Iterable<Found> {
  for (const [one, other] of [
    [here, there],
    [there, here],
  ] as const) {
    for (const { name, vlan, mtu } of one.networks) {
      const same = other.networks.find((network) => network.name === name);
      if (same && same.vlan !== vlan && one === here) yield differentVlans(name, here, there);
      if (same?.mtu !== undefined && mtu !== undefined && same.mtu < mtu)
        yield warning(
          `guests in network ${name} with an MTU above ${same.mtu} cannot go from ${one.host} to ${other.host}`,
          `${one.host} carries ${mtu}, ${other.host} ${same.mtu}`,
          widerPath(other.host, name),
        );
      if (same) continue;
      yield warning(
        `guests in network ${name} cannot go from ${one.host} to ${other.host}`,
        `${other.host} has no such network`,
        addNetwork(other.host, name),
      );
    }
  }
}

function differentVlans(name: string, here: MigrationFacts, there: MigrationFacts): Found {
  const vlanOf = ({ networks }: MigrationFacts) => networks.find((one) => one.name === name)?.vlan;
  return warning(
    `network ${name} has another VLAN on each switch: a trunk between them does not join it`,
    `${here.host}: ${vlanOf(here)}, ${there.host}: ${vlanOf(there)}`,
    OTHER_VLAN,
  );
}

function* compareFeatures([name, one]: Offering, [otherName, other]: Offering): Iterable<Found> {
  if (one.features === undefined || other.features === undefined) {
    const old = one.features === undefined ? name : otherName;
    yield warning(
      'what the switches offer cannot be compared',
      `the switch of ${old} is too old to tell`,
      `upgrade it on ${old}`,
    );
    return;
  }
  const sides = [
    { from: name, to: otherName, lacking: lackingFeatures(one.features, other.features) },
    { from: otherName, to: name, lacking: lackingFeatures(other.features, one.features) },
  ];
  for (const { from, to, lacking } of sides.filter((side) => side.lacking.length > 0)) {
    const list = lacking.join(',');
    yield warning(
      `guests that start on ${from} and use ${list} cannot go to ${to}`,
      `the switch of ${to} does not offer that`,
      `${withhold(from, lacking)}; or have ${to} offer it`,
    );
  }
  if (sides.every(({ lacking }) => lacking.length === 0))
    yield ok('both switches offer guests the same features', one.features);
}

function* compareNumbers([name, one]: Offering, [otherName, other]: Offering): Iterable<Found> {
  for (const [key, what] of [
    ['max_frame', 'bytes in a frame'],
    ['queue_limit', 'queue pairs'],
  ] as const) {
    if (one[key] === other[key]) continue;
    const [more, less] = one[key] > other[key] ? [name, otherName] : [otherName, name];
    yield warning(
      `guests on ${more} with more than ${Math.min(one[key], other[key])} ${what} cannot go to ${less}`,
      `${name}: ${one[key]}, ${otherName}: ${other[key]}`,
      key === 'max_frame' ? largerFrames(less) : moreQueues(less, Math.max(one[key], other[key])),
    );
  }
}
