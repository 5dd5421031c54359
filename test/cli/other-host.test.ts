import { expect, test } from 'vitest';
import { allGroups } from '../../src/cli/commands/index.js';
import { vmlane } from './test-io.js';

const URI = 'qemu+ssh://other/system';

/** Commands on what this host has, with what makes them ask libvirt: another host's is refused. */
const HERE: Record<string, string[]> = {
  'network add': ['lan', '--libvirt', 'default'],
  'web show': [],
  'wrap config': ['--guest', 'web1'],
  'sriov list': [],
};
/** These need a card; they ask as `sriov list` does. */
const OF_CARDS = ['sriov set', 'sriov passthrough-ready'];

/** Those on guests, which are that host's then: tried over ssh and TLS in test/vm/hosts.test.ts. */
const THERE = [
  ...['convert', 'validate', 'define', 'apply', 'start', 'stop', 'destroy', 'undefine'],
  ...['migrate', 'list', 'show', 'attach', 'detach'],
]
  .map((verb) => `domain ${verb}`)
  .concat('wrap install', 'wrap uninstall', 'doctor guest');

test('each command with --connect is one or the other', async () => {
  const commands = (await allGroups()).flatMap((group) => group.commands);
  const asking = commands.filter(({ options }) => 'connect' in options);
  expect(asking.map(({ path }) => path.join(' ')).toSorted()).toEqual(
    [...Object.keys(HERE), ...OF_CARDS, ...THERE].toSorted(),
  );
});

test.each(Object.entries(HERE))('%s refuses a libvirt of another host', async (name, words) => {
  const { status, err } = await vmlane([...name.split(' '), ...words, '--connect', URI]);
  expect(err).toMatch(
    /^vmlane: qemu\+ssh:\/\/other\/system: its \w+ are those of another host; run vmlane there\n$/,
  );
  expect(status).toBe(2);
});
