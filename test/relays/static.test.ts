/** Processors of static relays are pins: the balancer moves no port that an operator pinned. */
import { expect, it } from 'vitest';
import type { LcoreInfo, Port } from '../../src/contract/types.js';
import { planStatic } from '../../src/relays/static.js';
import type { StaticRelay } from '../../src/switch/index.js';

const LCORES = [
  { lcore: 0, cpu: 2 },
  { lcore: 1, cpu: 3 },
] as LcoreInfo[];
const RELAY: StaticRelay = {
  name: '3',
  device: '0000:01:10.0',
  path: '/srv/3.sock',
  listener: 'qemu',
  cpus: [2, 3],
};

function ports(pinned: boolean): Port[] {
  const both = { relay: '3', pinned };
  return [
    { ...both, name: 'static:3.vf', device: '0000:01:10.0', lcore: 0 },
    { ...both, name: 'static:3.vm', path: '/srv/3.sock', listener: 'qemu', lcore: 1 },
  ] as Port[];
}

it("a port that the switch's own choice left on its processor is pinned there", () => {
  expect(planStatic(ports(false), LCORES, RELAY)).toEqual([
    { do: 'move', name: 'static:3.vf', lcore: 0 },
    { do: 'move', name: 'static:3.vm', lcore: 1 },
  ]);
});

it('what is pinned there already stays as it is', () => {
  expect(planStatic(ports(true), LCORES, RELAY)).toEqual([]);
});
