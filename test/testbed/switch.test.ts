import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import { findBinary } from '../../src/switch/paths.js';
import { guest, missing, succeed } from './use-testbed.js';

const program = await findBinary(undefined, process.env);
const help = await execa(program, ['--help']);
const noUplink = /^ +-p HEX /m.test(help.stdout) ? undefined : `${program} has no -p`;
if (noUplink !== undefined) console.log(`skipped, no uplink: ${noUplink}`);

async function exchange(...more: string[]): Promise<string> {
  const script = guest('switch.py');
  // 256 pages were not enough for the switch and two guests.
  const memory = { hugePages: 512, memory: 2560 };
  const timeoutMs = 480_000;
  const args = ['--switch', program, ...more];
  return (await succeed({ script, args, timeoutMs, ...memory })).output;
}

test.skipIf(missing)('the wire carries frames to the card and back, with their tags', async () => {
  await succeed({ script: guest('wire.py'), timeoutMs: 120_000 });
});

test.skipIf(missing)('three guests hear what is theirs, without an uplink', async () => {
  expect(await exchange()).toMatch(/^0 wrong$/m);
});

describe.skipIf(missing ?? noUplink)('vhost-switch with the 82576 as uplink', () => {
  test('every guest hears its VLAN, and nothing else, and is heard in it', async () => {
    expect(await exchange('--uplink', '--promiscuous')).toMatch(/^0 wrong$/m);
  });

  test('without -P, broadcast and multicast from the wire reach no guest', async () => {
    expect(await exchange('--uplink', '--guests', '2')).toMatch(/^0 wrong$/m);
  });
});
