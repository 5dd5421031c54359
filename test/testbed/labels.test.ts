import { expect, test } from 'vitest';
import { builtProgram } from '../switch/real-switch.js';
import { parts } from './parts.js';
import { guest, missing, succeed } from './use-testbed.js';

/** Runs guest/labels.py under a kernel with this security module. */
async function answers(module: 'selinux' | 'apparmor'): Promise<string[]> {
  const programs = ['vhost-switch', 'vhost-front'].map(builtProgram);
  const [own = '', front = ''] = programs;
  const { output } = await succeed({
    script: guest('labels.py'),
    args: ['--switch', own, '--front', front, '--tools', `${parts}/tools`],
    kernel: [`security=${module}`, ...(module === 'selinux' ? ['selinux=1', 'enforcing=0'] : [])],
    // 256 MiB are the switch's.
    hugePages: 200,
    timeoutMs: 600_000,
  });
  expect(output).toContain('\n0 wrong');
  return output.split('\n').filter((line) => line.startsWith('ok: '));
}

test.skipIf(missing)('SELinux: a port is for the guest with its categories only', async () => {
  const ok = await answers('selinux');
  expect(ok).toEqual(expect.arrayContaining([...served('switch', 'connection')]));
  expect(ok).toEqual(expect.arrayContaining([...served('qemu', 'process')]));
});

test.skipIf(missing)('AppArmor, which labels no Unix sockets: likewise by processes', async () => {
  const ok = await answers('apparmor');
  expect(ok).toEqual(expect.arrayContaining([...served('switch', 'process')]));
  expect(ok).toEqual(expect.arrayContaining([...served('qemu', 'process')]));
});

/** Of a port where that side listens, the lines that must not be missing. */
function served(listener: string, checked: string): string[] {
  return [
    `ok: ${listener}: another: hung up`,
    `ok: ${listener}: none in particular: hung up`,
    `ok: ${listener}: counted: [2, 2]`,
    `ok: ${listener}: its own: answered`,
    `ok: ${listener}: guest: ['up', '${checked}']`,
    `ok: ${listener}: relabelled: waiting`,
    `ok: ${listener}: next: ['up', '${checked}']`,
    `ok: ${listener}: the log: True`,
  ];
}
