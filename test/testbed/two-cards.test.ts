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
  'a VF of one card and a VF of another hear each other by the switch',
  async () => {
    const programs = [
      ...['--switch', builtProgram('vhost-switch')],
      ...['--front', builtProgram('vhost-front')],
    ];
    const { output } = await succeed({
      ...{ script: guest('two-cards.py'), args: programs },
      ...{ hugePages: 400, timeoutMs: 900_000, extraQemuArgs: SECOND },
    });
    expect(output.split('\n')).toEqual(
      expect.arrayContaining([
        "each PF has the address of the other's VF",
        'a to b: heard',
        'b to a: heard',
        'silent: the cards have no such addresses',
      ]),
    );
  },
);
