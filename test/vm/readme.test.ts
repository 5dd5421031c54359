/** "Move a guest from default" of the README, as it stands there. */
import { readFile } from 'node:fs/promises';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  DEFAULT_NETWORK,
  defineOnDefault,
  definitionOf,
  leases,
  startDefaultNetwork,
} from '../../lab/default-network.js';
import { Lab } from '../../lab/lab.js';
import { pingFrom } from '../../lab/ping.js';
import { strays } from '../../lab/strays.js';
import { packageRoot } from '../../src/switch/paths.js';
import { blocks } from '../markdown.js';
import { tellAllOnFailure } from './use-lab.js';

let lab: Lab;

beforeAll(async () => {
  lab = await Lab.open({ say: (text) => console.log(text) });
  await startDefaultNetwork();
});

afterAll(async () => {
  await lab?.close();
  expect(await strays()).toEqual([]);
});

/** The commands that lead there, and those that lead back. */
async function shown(): Promise<[there: string, back: string]> {
  const text = await readFile(`${packageRoot()}/README.md`, 'utf8');
  const [, section = ''] = text.split('**Move a guest from `default`.**');
  const [there, back] = blocks(section);
  return [there?.text ?? '', back?.text ?? ''];
}

function run(commands: string) {
  return execa('bash', ['-e'], { input: commands, cwd: '/run/lab', all: true });
}

/** Address of the guest, by the network's own word, once the guest reaches the host. */
async function address(): Promise<string | undefined> {
  const guest = await lab.console('old1');
  expect((await pingFrom(guest, DEFAULT_NETWORK.host)).times.size).toBe(3);
  return (await leases())[0]?.address;
}

test('a guest moves from default with its address, and back', async () => {
  tellAllOnFailure();
  const before = await defineOnDefault('old1', 1);
  await execa('virsh', ['start', 'old1']);
  const lease = await address();
  expect(lease).toMatch(/^192\.168\.122\.\d+$/);
  await lab.destroy('old1');

  const [there, back] = await shown();
  const { all } = await run(there);
  expect(all).toContain("+      <source type='unix' path='/run/vmlane/guests/old1/0.sock'");
  expect(all).toMatch(/^ports +old1\.0$/m);
  expect(all).toContain(lease);
  expect(await address()).toBe(lease);

  // The lab's guests do not listen to the power button.
  await lab.vmlane('domain', 'destroy', 'old1');
  await run(back);
  expect(await definitionOf('old1')).toBe(before);
  expect(await address()).toBe(lease);
  expect(JSON.parse(await lab.vmlane('network', 'list', '--json'))).toEqual({ networks: [] });
});
