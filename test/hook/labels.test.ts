/** The label by which the switch knows a guest's QEMU: libvirt's, as the hook's XML has it. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { PortChange } from '../../src/contract/types.js';
import { runHook } from '../../src/hook/run.js';
import { FakePorts } from '../switch/fake-ports.js';
import { inFolder } from '../switch/folder.js';
import { withPorts } from '../switch/with-ports.js';
import { domainXml, vhostUser } from './xml.js';

const selinux = (categories: string) =>
  `<seclabel type='dynamic' model='selinux' relabel='yes'><label>system_u:system_r:svirt_t:s0:${categories}</label></seclabel>`;

/** The label of the guest's port after each of these calls of the hook, with that in the definition. */
function labelsAfter(calls: readonly (readonly [string, string])[]): Promise<unknown[]> {
  return inFolder(async (folder) => {
    const ports = new FakePorts([]);
    const labels: unknown[] = [];
    await mkdir(join(folder, 'web'));
    await withPorts(ports, async (socket) => {
      for (const [operation, seclabel] of calls) {
        const xml = domainXml('web', [vhostUser(join(folder, 'web/0.sock'), 'client')]);
        const settings = { switch: socket, socketDirs: [folder] };
        const words = ['web', operation, 'begin', '-'];
        await runHook(settings, words, xml.replace('</domain>', `${seclabel}</domain>`));
        labels.push(ports.list.map(({ peer_label }) => peer_label));
      }
    });
    return labels;
  });
}

test('a port is for the label of this start, which is another at the next one', async () => {
  const one = 'system_u:system_r:svirt_t:s0:c1,c2';
  const other = 'system_u:system_r:svirt_t:s0:c3,c4';
  // libvirt chooses it between the two calls.
  const calls = [
    ['prepare', ''],
    ['start', selinux('c1,c2')],
    ['prepare', ''],
    ['start', selinux('c3,c4')],
    ['prepare', ''],
    ['start', ''],
  ] as const;
  expect(await labelsAfter(calls)).toEqual([[null], [one], [null], [other], [null], [null]]);
});

test('a label that is static is there from the beginning', async () => {
  const label = 'libvirt-4d2e8c1a-0000-4000-8000-000000000001';
  const seclabel = `<seclabel type='static' model='apparmor' relabel='yes'><label>${label}</label></seclabel>`;
  expect(
    await labelsAfter([
      ['prepare', seclabel],
      ['start', seclabel],
    ]),
  ).toEqual([[label], [label]]);
});

/** A switch whose port somebody else has come to, whom a label makes go, as it does (vhost/peer_label.c). */
class Taken extends FakePorts {
  override async setPort(change: PortChange) {
    const set = await super.setPort(change);
    if (typeof change.peer_label === 'string') set.port.state = 'waiting';
    return set;
  }
}

test('who has come to the port before its guest goes, and does not keep it from starting', () =>
  inFolder(async (folder) => {
    const path = join(folder, 'web/0.sock');
    const ports = new Taken([{ name: 'web.0', path, listener: 'switch' }], 'up');
    await mkdir(join(folder, 'web'));
    await withPorts(ports, async (socket) => {
      const xml = domainXml('web', [vhostUser(path, 'client')]);
      const settings = { switch: socket, socketDirs: [folder] };
      const labelled = xml.replace('</domain>', `${selinux('c1,c2')}</domain>`);
      await runHook(settings, ['web', 'start', 'begin', '-'], labelled);
    });
    expect(ports.list).toMatchObject([
      { state: 'waiting', peer_label: 'system_u:system_r:svirt_t:s0:c1,c2' },
    ]);
  }));
