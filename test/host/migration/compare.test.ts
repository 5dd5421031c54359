import { expect, test } from 'vitest';
import { compareHosts, judgeHost } from '../../../src/host/migration/compare.js';
import { type MigrationFacts, migrationFacts } from '../../../src/host/migration/facts.js';

const OFFER = { version: '0.1.0', features: '0xd7c660048', max_frame: 1522, queue_limit: 16 };
const HERE: MigrationFacts = {
  ...{ host: 'hosta', switch: OFFER, hook: ['/run/vmlane/guests'] },
  networks: [{ name: 'lan', vlan: 100 }],
};
const THERE = { ...HERE, host: 'hostb' };

const said = (there: Partial<MigrationFacts>, here: Partial<MigrationFacts> = {}) =>
  [...compareHosts({ ...HERE, ...here }, { ...THERE, ...there })]
    .filter(({ level }) => level !== 'ok')
    .map(({ what, remedy }) => `${what}; ${remedy}`);

test('two that are alike', () => {
  expect(said({})).toEqual([]);
});

test('networks are compared by name, both ways', () => {
  expect(said({ networks: [{ name: 'dmz', vlan: 100 }] })).toEqual([
    expect.stringMatching(
      /^guests in network lan cannot go from hosta to hostb; on hostb: vmlane network add lan/,
    ),
    expect.stringMatching(
      /^guests in network dmz cannot go from hostb to hosta; on hosta: vmlane network add dmz/,
    ),
  ]);
});

test('a path that carries less is told to those whose frames it does not take', () => {
  const [wide, narrow] = [9000, 1500].map((mtu) => ({
    networks: [{ name: 'lan', vlan: 100, mtu }],
  }));
  expect(said(narrow ?? {}, wide)).toEqual([
    expect.stringMatching(
      /^guests in network lan with an MTU above 1500 cannot go from hosta to hostb; raise the MTU .*on hostb: vmlane network show lan/,
    ),
  ]);
  expect(said({}, wide)).toEqual([]);
});

test('a feature that one side lacks is named, with what masks it', () => {
  expect(said({ switch: { ...OFFER, features: '0x57c660048' } })).toEqual([
    expect.stringMatching(
      /^guests that start on hosta and use in_order cannot go to hostb; on hosta: vmlane switch settings set features-off=in_order/,
    ),
  ]);
});

test('frames and queues', () => {
  expect(said({ switch: { ...OFFER, max_frame: 65_535, queue_limit: 4 } })).toEqual([
    expect.stringMatching(
      /^guests on hostb with more than 1522 bytes in a frame cannot go to hosta; on hosta: .*mergeable=true/,
    ),
    expect.stringMatching(
      /^guests on hosta with more than 4 queue pairs cannot go to hostb; on hostb: vmlane switch set --queue-limit 16/,
    ),
  ]);
});

test('a host without a switch or hook cannot take guests', () => {
  const found = [
    ...judgeHost({ ...HERE, switch: { problem: 'no answer', remedy: 'start it' }, hook: [] }),
  ];
  expect(found.filter(({ level }) => level === 'failure').map(({ remedy }) => remedy)).toEqual([
    'start it',
    'on hosta: vmlane hook install',
  ]);
  expect(said({ switch: { problem: 'no answer', remedy: 'x' } })).toEqual([]);
});

test.each([
  ['no object', 'text'],
  ['no switch', { ...HERE, switch: undefined }],
  ['features that are none', { ...HERE, switch: { ...OFFER, features: 'all' } }],
  ['a frame of no bytes', { ...HERE, switch: { ...OFFER, max_frame: 0 } }],
  ['a VLAN that is a word', { ...HERE, networks: [{ name: 'lan', vlan: '100' }] }],
])('what another host says is checked: %s', (_, facts) => {
  expect(migrationFacts.safeParse(facts).success).toBe(false);
});
