/** What a look finds wrong with guests that run, and that it finds nothing wrong with good ones. */
import { rm } from 'node:fs/promises';
import { execa } from 'execa';
import { beforeAll, expect, test } from 'vitest';
import type { Finding } from '../../src/host/check/index.js';
import { vmlane } from '../cli/test-io.js';
import { tellAllOnFailure, useLab } from './use-lab.js';

// Other tests of this world have had guests that came to harm, and told it. Outside of it, useLab refuses.
beforeAll(async () => {
  if (process.env.VMLANE_LAB !== '1') return;
  await rm('/var/log/libvirt/qemu', { recursive: true, force: true });
});
const running = useLab();

async function check(only: string, ...words: string[]): Promise<Finding[]> {
  const { out } = await vmlane(['host', 'check', '--json', '--only', only, ...words]);
  return JSON.parse(out).findings;
}

test('two good guests, a switch and a libvirtd: nothing wrong', async () => {
  tellAllOnFailure();
  const found = await check('daemon,qemu-conf,sockets,switch,guests,logs');
  expect(found.filter(({ level }) => level === 'failure')).toEqual([]);
  const of = (name: string) => found.filter((one) => one.check === name);
  expect(of('daemon')).toMatchObject([{ level: 'ok', what: 'libvirtd runs: one daemon for all' }]);
  expect(of('switch')).toMatchObject([{ level: 'ok', what: expect.stringContaining('2 ports') }]);
  expect(of('sockets')[0]).toMatchObject({ level: 'ok' });
  // The kernel's log is that of the machine, and tells of all that ever ran.
  expect(of('logs').filter((one) => one.evidence.includes('.log: '))).toEqual([]);
  expect(of('guests')).toMatchObject([
    { level: 'ok', what: '2 guests of QEMU, 2 on vhost-user, nothing wrong with them' },
  ]);
});

test('a port that is taken away; a guest that libvirt has forgotten', async () => {
  tellAllOnFailure();
  const { ports } = JSON.parse(await running.lab.vmlane('switch', 'ports', '--json'));
  const port = ports.find(({ name }: { name: string }) => name.startsWith('a'));
  await running.lab.vmlane('switch', 'remove', port.name);
  const { stdout: pid } = await execa('pgrep', ['-f', 'guest=b[, ]']);
  const state = '/run/libvirt/qemu/b.xml';
  await execa('mv', [state, '/run/b.xml']);
  try {
    expect(await check('guests')).toMatchObject([
      { level: 'warning', what: expect.stringMatching(/^b runs, and libvirt does not know of it/) },
      {
        level: 'warning',
        what: 'a dials a switch: no port of this one listens on the socket',
        evidence: port.path,
        remedy: expect.stringContaining(
          `vmlane switch add NAME --path ${port.path} --listener switch; `,
        ),
      },
    ]);
    expect((await check('guests'))[0]?.remedy).toContain(`kill ${pid.trim()};`);
  } finally {
    await execa('mv', ['/run/b.xml', state]);
  }
});
