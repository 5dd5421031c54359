import { expect, test } from 'vitest';
import { rewrite } from '../../src/qemu/index.js';
import { parseArguments, propertiesOf } from '../../src/qemu/syntax/arguments.js';
import { get, type Properties } from '../../src/qemu/syntax/properties.js';
import { MEMFD, readArgs } from './fixtures.js';

/** The same domains, as libvirt 9.0 and 11.3 run them (test/vm/captures.test.ts), come to the same. */
const PAIRS: [string, string][] = [
  ...['plain', 'nics', 'numa', 'memfd'].map((name): [string, string] => [
    `lv9-same-${name}`,
    `lv11-same-${name}`,
  ]),
  // Without KVM and with it, so without vhost and with it.
  ['lv9-real-auto', 'lv11-real-kvm-vhost'],
];

test.each(PAIRS)('%s, %s', (older, newer) => {
  const [before, after] = [outcome(older), outcome(newer)];
  expect(before.ports.length).toBeGreaterThan(0);
  expect(after).toEqual(before);
});

/** What a rewritten guest has of ours, by a name for all: the rest is libvirt's. */
function outcome(name: string) {
  const argv = readArgs(name);
  const { ports, steps, notes, argv: rewritten } = rewrite(argv, MEMFD);
  const [, guest = ''] = /guest=([^,]+)/.exec(argv.join(' ')) ?? [];
  const uuid = argv[argv.indexOf('-uuid') + 1] ?? '';
  const list = parseArguments(rewritten);
  const of = (option: string, wanted: (given: Properties) => boolean) =>
    list
      .filter((one) => one.option === option)
      .map(propertiesOf)
      .filter(wanted)
      .map(membersOf);
  const [machine] = of('machine', () => true);
  const text = JSON.stringify({
    ...{ ports, steps, notes },
    netdevs: of('netdev', () => true),
    cards: of('device', (given) => get(given, 'netdev') !== undefined),
    sockets: of('chardev', (given) => /^charhostnet/.test(get(given, 'id') ?? '')),
    memory: of('object', (given) => /^memory-backend/.test(get(given, 'qom-type') ?? '')),
    nodes: of('numa', () => true),
    machineMemory: machine?.['memory-backend'],
  });
  const steady = text
    .replaceAll(guest, 'guest')
    .replaceAll(uuid, 'uuid')
    // Of a tap that stays; libvirt numbers it by what else it has open.
    .replaceAll(/"fd":"\d+"/g, '"fd":"N"');
  return JSON.parse(steady) as { ports: unknown[] };
}

function membersOf({ members }: Properties): Record<string, string> {
  return Object.fromEntries(members.map(({ key, value }) => [key, String(value)]));
}
