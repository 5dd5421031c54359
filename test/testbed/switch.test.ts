import { expect, test } from 'vitest';
import { builtProgram } from '../switch/real-switch.js';
import { guest, missing, succeed } from './use-testbed.js';

/** Runs guest/switch.py, which tells of each frame whether the right ones got it. */
async function exchange(...more: string[]): Promise<string[]> {
  const programs = [
    '--switch',
    builtProgram('vhost-switch'),
    '--front',
    builtProgram('vhost-front'),
  ];
  const args = [...programs, ...more];
  const { output } = await succeed({
    script: guest('switch.py'),
    args,
    // 256 MiB are the switch's, and the driver takes some more.
    hugePages: 200,
    timeoutMs: 900_000,
  });
  const lines = output.split('\n');
  expect(lines).toContain('0 wrong');
  return lines.filter((line) => line.startsWith('ok: '));
}

test.skipIf(missing)('the wire carries frames to the card and back, with their tags', async () => {
  await succeed({ script: guest('wire.py'), timeoutMs: 300_000 });
});

test.skipIf(missing)('three guests hear what is theirs, without an uplink', async () => {
  const ok = await exchange('--guests', '3');
  expect(ok).toContain('ok: guest 0 to guest 1: guest 1 untagged');
  expect(ok).toContain('ok: guest 0 to all: guest 1 untagged, guest 2 untagged');
});

// Eight guests: one more than the card has pools for them, so the first and the last share one.

test.skipIf(missing)('with the 82576, every guest hears its VLAN and nothing else', async () => {
  const ok = await exchange('--uplink', '--promiscuous');
  expect(ok).toEqual(expect.arrayContaining([...heard(0, 1), ...heard(6, 7), ...heard(7, 1)]));
  expect(ok).toContain('ok: wire to all, VLAN of guest 7: guest 7 untagged');
  expect(ok).toContain('ok: wire to all, VLAN of guest 7, pools: [1]');
  // In a VLAN that the card has no map for: software sorts, and it hears that VLAN.
  expect(ok).toContain('ok: wire to all, VLAN of guest 0 now: guest 0 untagged');
  expect(ok).toContain('ok: wire to all, VLAN of guest 7 now: guest 7 untagged');
});

test.skipIf(missing)('without -P, broadcast and multicast do not even pass the card', async () => {
  const ok = await exchange('--uplink');
  expect(ok).toEqual(expect.arrayContaining([...heard(0, 1), ...heard(6, 7), ...heard(7, 1)]));
  expect(ok).toContain('ok: wire to all, VLAN of guest 7: nobody');
  expect(ok).toContain('ok: wire to all, VLAN of guest 7, pools: []');
  expect(ok).toContain('ok: wire to guest 0, now: guest 0 untagged');
  expect(ok).toContain('ok: wire to all, VLAN of guest 0 now: nobody');
});

/** Of a guest and its pool, some lines that must not be missing, whatever the script checks. */
function heard(number: number, pool: number): string[] {
  const me = `guest ${number}`;
  return [
    `ok: wire to ${me}, its VLAN: ${me} untagged`,
    `ok: wire to ${me}, its VLAN, pools: [${pool}]`,
    `ok: wire to ${me}, VLAN of guest ${7 - number}: nobody`,
    `ok: wire to ${me}, VLAN of no guest: nobody`,
    `ok: wire to ${me}, VLAN 1: nobody`,
    `ok: wire to ${me}, untagged: nobody`,
    `ok: wire to ${me}, untagged, pools: [0]`,
    `ok: wire to nobody, VLAN of ${me}: nobody`,
    `ok: ${me} to the wire: wire tag ${1000 + number}`,
  ];
}
