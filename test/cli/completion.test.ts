/** What may stand for a word of a command line: `complete`, and what shells get of it. */
import { describe, expect, test } from 'vitest';
import { allGroups } from '../../src/cli/commands/index.js';
import { complete } from '../../src/cli/completion/complete.js';
import { completion } from '../../src/cli/completion/index.js';
import type { Ask } from '../../src/cli/completion/names.js';
import { topics } from '../../src/cli/topics/index.js';
import { SwitchClient } from '../../src/switch/client.js';
import { TEST_DRIVER } from '../libvirt/test-driver.js';
import { inTree } from '../sriov/tree.js';
import { withRealSwitch } from '../switch/real-switch.js';
import { vmlane } from './test-io.js';

/** Has two names of each kind, which say what they were asked with. */
const ask: Ask = async (names, { values }) =>
  ['a', 'b'].map((letter) => ({ word: `${letter}-${names}`, what: JSON.stringify(values) }));

/** The words for a line; those behind the last space are completed. */
async function wordsFor(line: string): Promise<string[] | 'files'> {
  const found = await complete(line.split(' '), {}, ask);
  return found.files ? 'files' : found.candidates.map(({ word }) => word);
}

const NETWORKS = ['a-network', 'b-network'];
const PORTS = ['a-port', 'b-port'];
const DOMAINS = ['a-domain', 'b-domain'];

describe('complete', () => {
  test.each<[line: string, words: string[] | 'files']>([
    ['swi', ['switch']],
    ['--', ['--help', '--version']],
    ['switch po', ['ports']],
    ['switch ports ', []],
    ['switch show ', PORTS],
    ['switch show b', ['b-port']],
    ['switch show a-port ', []],
    ['switch show --control-socket /x ', PORTS],
    ['switch set --vlan-mode na', ['native-tagged', 'native-untagged']],
    ['switch set --vlan-mode=na', ['--vlan-mode=native-tagged', '--vlan-mode=native-untagged']],
    ['switch set --vlan-mode trunk --vlan-m', []],
    ['switch set --vlan-mode trunk a', ['a-port']],
    ['switch set --vlan ', []],
    // An old name of it.
    ['switch change a', ['a-port']],
    ['switch capture -w ', 'files'],
    ['switch capture x a', ['a-port']],
    ['switch capture --port a --po', ['--port']],
    ['switch ports --control-socket=', 'files'],
    ['switch settings s', ['show', 'set']],
    ['domain generate ', 'files'],
    ['domain example ', ['a-example', 'b-example']],
    ['domain start ', DOMAINS],
    ['domain convert --network ', NETWORKS],
    ['domain convert --vf ', ['a-vf', 'b-vf']],
    ['domain convert --revert --re', ['--relay']],
    ['network show ', NETWORKS],
    ['network add lan --libvirt ', ['a-libvirt-network', 'b-libvirt-network']],
    ['network add lan --bridge a', ['a-interface']],
    ['relay remove ', ['a-relay', 'b-relay']],
    ['relay add 3 --pci-addr b', ['b-vf-address']],
    ['relay port-control add_', ['add_sock']],
    ['sriov set ', ['a-pf', 'b-pf']],
    ['sriov bind a-vf ', ['a-vf', 'b-vf']],
    ['wrap explain -- ', 'files'],
    ['nothing ', []],
    ['switch nothing ', []],
    // Its command may go without a name.
    ['doctor ', ['guest', ...DOMAINS]],
    ['doctor guest ', DOMAINS],
    ['doctor a-domain --js', ['--json']],
    ['completion z', ['zsh']],
    ['help a', ['a-topic']],
    ['help switch st', ['start', 'stop', 'stats']],
    ['help vlans ', []],
  ])('%j', async (line, words) => {
    const found = await wordsFor(line);
    // In no order, as shells sort them.
    if (words === 'files' || found === 'files') expect(found).toBe(words);
    else expect([...found].sort()).toEqual([...words].sort());
  });

  test('of nothing yet: all groups, and help', async () => {
    const groups = await allGroups();
    expect(await wordsFor('')).toEqual([...groups.map(({ name }) => name), 'help']);
  });

  test('all options of a command, each with what it does', async () => {
    for (const { commands } of await allGroups()) {
      for (const { path, options } of commands) {
        const found = await complete([...path, '-'], {}, ask);
        const names = found.files ? [] : found.candidates.map(({ word }) => word);
        expect(names).toEqual([...Object.keys(options).map((one) => `--${one}`), '--help']);
      }
    }
  });

  test('whoever has the names is told what the line says about where they are', async () => {
    const found = await complete(['domain', 'show', '--connect', TEST_DRIVER, 'a'], {}, ask);
    expect(found).toMatchObject({
      candidates: [{ what: JSON.stringify({ connect: TEST_DRIVER }) }],
    });
  });

  test('a name that could mean something to a terminal is none', async () => {
    const found = await complete(['domain', 'show', ''], {}, async () => [
      { word: 'a\u001b[31m', what: '' },
      { word: 'a\nb', what: '' },
      { word: "a $(b) 'c", what: '' },
    ]);
    expect(found).toMatchObject({ candidates: [{ word: "a $(b) 'c" }] });
  });
});

describe('what shells get', () => {
  const env = { PATH: process.env.PATH };

  test('lines; a line for files', async () => {
    const asking = { env, ask };
    expect(await completion(['switch', 'show', 'b'], asking, asking)).toBe('words\nb-port\t{}\n');
    expect(await completion(['domain', 'generate', ''], asking, asking)).toBe('files\n');
  });

  test('nothing, where names are not to be had, and nothing is said about it', async () => {
    const nowhere = ['--control-socket', '/nonexistent/switch.sock'];
    const ran = await vmlane(['__complete', 'switch', 'show', ...nowhere, '']);
    expect(ran).toEqual({ status: 0, out: 'words\n', err: '' });
    const noLibvirt = ['--connect', 'test:///nonexistent/node.xml'];
    expect((await vmlane(['__complete', 'domain', 'show', ...noLibvirt, ''])).out).toBe('words\n');
    expect((await vmlane(['__complete'])).err).toBe('');
  });

  test('nothing, where names do not come in time', async () => {
    const never = { ask: () => new Promise<never>(() => undefined), deadlineMs: 1 };
    expect(await completion(['switch', 'show', ''], { env }, never)).toBe('words\n');
  });

  test('domains of libvirt', async () => {
    const words = ['domain', 'show', '--connect', TEST_DRIVER, 'te'];
    // A busy machine's virsh may take longer than who types waits.
    const patient = { deadlineMs: 60_000 };
    expect(await completion(words, { env }, patient)).toBe('words\ntest\tdomain\n');
    const networks = ['network', 'add', 'lan', '--connect', TEST_DRIVER, '--libvirt', 'de'];
    expect(await completion(networks, { env }, patient)).toContain('\ndefault\t');
  });

  test('ports and relays of the switch', () =>
    withRealSwitch(async ({ folder, socket }) => {
      const client = await SwitchClient.connect(socket);
      try {
        await client.addPort({ name: 'web1.0', path: `${folder}/0.sock` });
        await client.addPort({ name: 'relay:3.vm', path: `${folder}/3.sock`, relay: '3' });
      } finally {
        client.close();
      }
      const there = ['--control-socket', socket];
      const patient = { deadlineMs: 60_000 };
      const ports = await completion(['switch', 'show', ...there, ''], { env }, patient);
      expect(ports).toContain(`\nweb1.0\twaiting, ${folder}/0.sock\n`);
      const relays = await completion(['relay', 'remove', ...there, ''], { env }, patient);
      expect(relays).toBe('words\n3\trelay\n');
    }));

  test('VFs and PFs of a host', () =>
    inTree('82576', async (root) => {
      const patient = { deadlineMs: 60_000 };
      const vfs = await completion(['sriov', 'unbind', '--root', root, ''], { env }, patient);
      expect(vfs).toContain('\n0000:01:10.0\tens1f0/0\n');
      expect(vfs).toContain('\nens1f0/0\t0000:01:10.0\n');
      const pfs = await completion(['sriov', 'set', '--root', root, 'ens1f1'], { env }, patient);
      expect(pfs).toBe('words\nens1f1\t2 VFs\n');
    }));

  test('topics', async () => {
    const out = await completion(['help', ''], { env }, { deadlineMs: 60_000 });
    for (const { name, summary } of topics) expect(out).toContain(`\n${name}\t${summary}\n`);
  });
});
