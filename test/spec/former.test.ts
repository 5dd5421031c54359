import { expect, test } from 'vitest';
import { generateDomain } from '../../src/domain/index.js';
import { parseSpec } from '../../src/spec/index.js';

const guest = (nic: string) =>
  parseSpec(
    `{name: a, memory: 1GiB, vcpus: 1, boot: {kernel: /boot/linux}, interfaces: [{type: vhost-user}, ${nic}]}`,
    'a.yaml',
  );

test.each([
  ['server', 'qemu'],
  ['client', 'switch'],
])('mode: %s is taken for listener: %s, and told', (mode, listener) => {
  const old = guest(`{type: vhost-user, mode: ${mode}}`);
  const { xml, warnings } = generateDomain(old);
  expect(xml).toBe(generateDomain(guest(`{type: vhost-user, listener: ${listener}}`)).xml);
  expect(warnings).toEqual([
    `interfaces[1].mode: "${mode}": write listener: ${listener}; the old name goes with the next version`,
  ]);
});

test.each([true, false])('spoofchk: %s of a vhost-user NIC is taken for pinned', (value) => {
  const old = guest(`{type: vhost-user, spoofchk: ${value}}`);
  const { xml, warnings } = generateDomain(old);
  expect(xml).toBe(generateDomain(guest(`{type: vhost-user, pinned: ${value}}`)).xml);
  expect(warnings).toEqual([
    `interfaces[1].spoofchk: "${value}": write pinned: ${value}; the old name goes with the next version`,
  ]);
});

test('spoofchk of another NIC is no old name', () =>
  expect(() => guest('{type: bridge, bridge: br0, spoofchk: true}')).toThrow(/spoofchk/));

test('a spec in the names of today has no notices', () => {
  const one = guest('{type: vhost-user, listener: switch}');
  expect(one).not.toHaveProperty('notices');
  expect(generateDomain(one).warnings).toEqual([]);
});
