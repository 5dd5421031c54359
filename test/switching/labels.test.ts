/**
 * Ports with a peer_label, by this machine's kernel, whatever that knows of labels. What SELinux and AppArmor
 * tell apart is in test/testbed/labels.test.ts.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { until } from '../../lab/poll.js';
import { type Bench, useBench } from './bench.js';

const bench = useBench();

/** The label of this process, and so of its guests; undefined: the kernel gives none. */
const own = await readFile('/proc/self/attr/current', 'utf8').then(
  (text) => text.replace(/[\0\n]+$/, '').replace(/ \(\w+\)$/, '') || undefined,
  () => undefined,
);

const portOf = async ({ client }: Bench, name: string) => {
  const found = (await client.ports()).find((port) => port.name === name);
  if (!found) throw new Error(`${name}: no such port`);
  return found;
};

it.each([
  ['switch', false],
  ['qemu', true],
] as const)(
  'listener %s: a guest is served, and what was checked is said',
  async (listener, listen) => {
    const { client, guests } = bench();
    const name = `by-${listener}`;
    const path = bench().path(name);
    if (listen) await guests.open(name, path, { listen, later: true });
    const { port } = await client.addPort({ name, path, listener, peer_label: own ?? 'a:b' });
    expect(port).toMatchObject({ peer_label: own ?? 'a:b', peer_checked: 'no', state: 'waiting' });
    if (listen) await guests.connect(name);
    else await guests.open(name, path, { listen });
    const { peer_checked } = await portOf(bench(), name);
    const checked = listen ? ['process'] : ['connection', 'process'];
    expect(own === undefined ? ['no'] : checked).toContain(peer_checked);
    expect(await bench().stats(name)).toMatchObject({ wrong_label: 0, refused: 0 });
  },
);

it('that nothing can be checked is logged once', async () => {
  const log = await readFile(join(bench().one.folder, 'test.log'), 'utf8');
  const lines = log.split('\n').filter((line) => line.includes('no security label'));
  expect(lines).toHaveLength(own === undefined ? 1 : 0);
});

it('a port whose label becomes another loses its guest, where labels can be read', async () => {
  await bench().plug(['a']);
  await bench().client.setPort({ name: 'a', peer_label: 'somebody:else' });
  if (own === undefined) {
    expect(await portOf(bench(), 'a')).toMatchObject({ state: 'up', peer_checked: 'no' });
    expect(await bench().stats('a')).toMatchObject({ wrong_label: 0, refused: 0 });
    return;
  }
  const gone = {
    thing: 'a',
    problem: 'its guest is still there',
    remedy: 'see the log',
    ms: 20_000,
  };
  await until(gone, async () => (await portOf(bench(), 'a')).state === 'waiting' || undefined);
  expect((await bench().stats('a')).wrong_label).toBeGreaterThan(0);
});
