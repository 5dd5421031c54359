import { expect, test } from 'vitest';
import { openDomain } from '../../src/domain/index.js';

const UUID = '6d0f5cfc-8d2c-4f5e-8f29-2f6f1b4d5a4e';
const label = (...seclabels: string[]) =>
  openDomain(`<domain><name>a</name>${seclabels.join('')}</domain>`).securityLabel;
const seclabel = (model: string, text: string, type = 'dynamic') =>
  `<seclabel type='${type}' model='${model}' relabel='yes'><label>${text}</label><imagelabel>x</imagelabel></seclabel>`;
const DAC = seclabel('dac', '+64055:+109');

test.each([
  ['selinux', 'system_u:system_r:svirt_t:s0:c392,c662'],
  ['apparmor', `libvirt-${UUID}`],
])('%s: the label of QEMU', (model, text) => {
  expect(label(seclabel(model, text), DAC)).toBe(text);
  expect(label(DAC, seclabel(model, text, 'static'))).toBe(text);
});

test('users and groups are no label, and neither is one that a port cannot have', () => {
  expect(label()).toBeUndefined();
  expect(label(DAC)).toBeUndefined();
  expect(label("<seclabel type='none' model='selinux'/>")).toBeUndefined();
  expect(label("<seclabel type='dynamic' model='selinux' relabel='yes'/>")).toBeUndefined();
  expect(label(seclabel('apparmor', 'my own profile', 'static'))).toBeUndefined();
  expect(label(seclabel('apparmor', 'x'.repeat(256), 'static'))).toBeUndefined();
});
