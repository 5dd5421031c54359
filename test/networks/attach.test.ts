import { expect, it } from 'vitest';
import { planAttachment } from '../../src/networks/attach.js';
import type { PresentInterface } from '../../src/networks/interfaces.js';

const base = { mtu: 1500, isUp: true, isTap: false, isEthernet: true, addresses: [] };
const BRIDGE: PresentInterface = { ...base, name: 'br0', kind: 'bridge' };
const TAP: PresentInterface = { ...base, name: 'vl-lan', kind: 'tun', isTap: true };

it.each([
  [[BRIDGE, TAP], 'link set dev vl-lan master br0'],
  [[BRIDGE, { ...TAP, isUp: false }], 'link set dev vl-lan master br0, link set dev vl-lan up'],
  [[BRIDGE, { ...TAP, master: 'br1' }], 'link set dev vl-lan master br0'],
  [[BRIDGE, { ...TAP, master: 'br0' }], ''],
  [[BRIDGE], ''],
  [[TAP], ''],
  [[{ ...BRIDGE, kind: 'bond' }, TAP], ''],
])('%j: %s', (present, step) => {
  const steps = planAttachment('vl-lan', 'br0', present);
  expect(steps.map(({ words }) => words.join(' ')).join(', ')).toBe(step);
});
