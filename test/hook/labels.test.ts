/** The label by which the switch knows a guest's QEMU: libvirt's, as the hook's XML has it. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runHook } from '../../src/hook/run.js';
import { FakePorts } from '../switch/fake-ports.js';
import { inFolder } from '../switch/folder.js';
import { withPorts } from '../switch/with-ports.js';
import { domainXml, vhostUser } from './xml.js';

const selinux = (categories: string) =>
  `<seclabel type='dynamic' model='selinux' relabel='yes'><label>system_u:system_r:svirt_t:s0:${categories}</label></seclabel>`;

/** The label of the guest's port after a start with each of these definitions. */
function labelsAfter(seclabels: readonly string[]): Promise<unknown[]> {
  return inFolder(async (folder) => {
    const ports = new FakePorts([]);
    const labels: unknown[] = [];
    await mkdir(join(folder, 'web'));
    await withPorts(ports, async (socket) => {
      for (const seclabel of seclabels) {
        const xml = domainXml('web', [vhostUser(join(folder, 'web/0.sock'), 'client')]);
        const settings = { switch: socket, socketDirs: [folder] };
        const words = ['web', 'prepare', 'begin', '-'];
        await runHook(settings, words, xml.replace('</domain>', `${seclabel}</domain>`));
        labels.push(ports.list.map(({ peer_label }) => peer_label));
      }
    });
    return labels;
  });
}

test('a port is for the label of this start, which is another at the next one', async () => {
  expect(await labelsAfter([selinux('c1,c2'), selinux('c3,c4'), ''])).toEqual([
    ['system_u:system_r:svirt_t:s0:c1,c2'],
    ['system_u:system_r:svirt_t:s0:c3,c4'],
    [null],
  ]);
});
