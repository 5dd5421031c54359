/** Two cards whose PFs the switch has: VFs of one reach those of the other. */
import { expect, test } from 'vitest';
import { builtProgram } from '../switch/real-switch.js';
import { guest, missing, succeed } from './use-testbed.js';

/** A second 82576, at a wire of its own. */
const SECOND = [
  ...['-netdev', 'hubport,id=second,hubid=2'],
  ...['-device', 'pcie-root-port,id=port1,slot=2,chassis=2'],
  ...['-device', 'igb,bus=port1,netdev=second,mac=52:54:00:82:57:61,romfile='],
];

test.skipIf(missing)(
  'a VF of one card and a VF of another ping each other by the switch',
  async () => {
    const { output } = await succeed({
      ...{ script: guest('two-cards.py'), args: ['--switch', builtProgram('vhost-switch')] },
      ...{ hugePages: 200, timeoutMs: 600_000, extraQemuArgs: SECOND },
    });
    expect(output.split('\n')).toEqual(
      expect.arrayContaining([
        "each PF has the other's VF among its addresses",
        'a hears b',
        expect.stringMatching(/^a to b: .* [1-5] packets received/),
        expect.stringMatching(/^b to a: .* [1-5] packets received/),
        expect.stringMatching(/^a: [1-9]\d* filters, 0 missed$/),
        expect.stringMatching(/^b: [1-9]\d* filters, 0 missed$/),
        'silent: the addresses are gone from the cards',
      ]),
    );
  },
);
