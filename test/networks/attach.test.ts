import { expect, it } from 'vitest';
import { planAttachment } from '../../src/networks/attach.js';
import type { PresentInterface } from '../../src/networks/interfaces.js';

const base = { mtu: 1500, isUp: true, isTap: false, addresses: [] };
const BRIDGE: PresentInterface = { ...base, name: 'br0', kind: 'bridge' };
const TAP: PresentInterface = { ...base, name: 'vl-lan', kind: 'tun', isTap: true };

it.each([
  [[BRIDGE, TAP], 'link set dev vl-lan master br0'],
  [[BRIDGE, { ...TAP, master: 'br1' }], 'link set dev vl-lan master br0'],
  [[BRIDGE, { ...TAP, master: 'br0' }], undefined],
  [[BRIDGE], undefined],
  [[TAP], undefined],
  [[{ ...BRIDGE, kind: 'bond' }, TAP], undefined],
])('%j: %s', (present, step) => {
  expect(planAttachment('vl-lan', 'br0', present)?.words.join(' ')).toBe(step);
});
