/** Every option of vhost-switch has a way from `vmlane switch start`. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { switchStart } from '../../src/cli/commands/switch/start.js';
import { packageRoot } from '../../src/switch/paths.js';

/** Options with another name there, or none, and the reason. */
const OTHERWISE: Record<string, string> = {
  p: 'uplink',
  P: 'promiscuous',
  'total-num-mbufs': 'buffers',
  'dev-basename': 'socket-file',
};
const NONE: Record<string, string> = {
  dmas: 'refused',
  'builtin-net-driver': 'refused',
  help: 'its own',
  version: 'its own',
};

/** Names and letters of the table in options.c; those of settings are the protocol's. */
async function nativeOptions(): Promise<string[]> {
  const root = packageRoot();
  const code = await readFile(join(root, 'native/control/options.c'), 'utf8');
  const table = /static const struct rule rules\[\] = \{([\s\S]*?)\n\};/.exec(code)?.[1] ?? '';
  const names = [...table.matchAll(/\.name = "([a-z0-9-]+)"/g)].map(([, name]) => name as string);
  const letters = [...table.matchAll(/\{\.kind = [^}]*\.letter = '(.)'/g)].map(
    ([, letter]) => letter as string,
  );
  const contract = await readFile(join(root, 'native/base/contract.h'), 'utf8');
  const settings = [...contract.matchAll(/^\tSETTING\(\w+, "([a-z0-9-]+)"/gm)];
  return [...names, ...letters, ...settings.map(([, name]) => name as string)];
}

it('every option of the switch has a way from the command line', async () => {
  const options = Object.keys(switchStart.options);
  const found = await nativeOptions();
  expect(found.length).toBeGreaterThan(30);
  expect(found).toContain('p');
  const missing = found.filter(
    (name) => !(name in NONE) && !options.includes(OTHERWISE[name] ?? name),
  );
  expect(missing).toEqual([]);
  // Nothing here outlives its option.
  const known = [...Object.keys(OTHERWISE), ...Object.keys(NONE)];
  expect(known.filter((name) => !found.includes(name))).toEqual([]);
});
