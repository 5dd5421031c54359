/** NVDIMMs of a spec beside a vhost-user NIC: a real guest writes into its file, and the switch maps it. */
import { closeSync, openSync, readSync } from 'node:fs';
import { truncate, writeFile } from 'node:fs/promises';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Lab } from '../../lab/lab.js';
import { allTails } from '../../lab/logs.js';
import { pingFrom } from '../../lab/ping.js';
import { strays } from '../../lab/strays.js';
import { packageRoot } from '../../src/switch/paths.js';
import { tellAllOnFailure } from './use-lab.js';

const SIZE = 64 * 2 ** 20;
const FILE = '/run/lab/n.yaml';
const spec = (path: string) => `
name: a
memory: 256MiB
accel: tcg
boot:
  kernel: /run/lab/vmlinuz
  initrd: /run/lab/initrd
  cmdline: console=ttyS0 quiet panic=-1 no_timer_check cryptomgr.notests pci=nomsi vmlane.ip=10.77.0.1/24
interfaces: [{type: vhost-user}]
serials: [{file: /run/lab/a.log}, {socket: /run/lab/a.tty}]
nvdimms: [{path: ${path}, size: 64MiB, label: 128KiB}]
`;

let lab: Lab;
beforeAll(async () => {
  lab = await Lab.open({ say: (text) => console.log(text) });
  try {
    await lab.define('b');
    await lab.start('b');
  } catch (error) {
    console.error(await allTails());
    throw error;
  }
});
afterAll(async () => {
  await lab?.close();
  expect(await strays()).toEqual([]);
});

/** A spec with an NVDIMM in a new file at this path. */
async function write(path: string): Promise<void> {
  await writeFile(path, '');
  await truncate(path, SIZE);
  await writeFile(FILE, spec(path));
}

test('on tmpfs: the guest has network, and what it writes is in the file', async () => {
  tellAllOnFailure();
  const path = '/dev/shm/nvdimm-a';
  await write(path);
  await lab.vmlane('domain', 'define', FILE);
  const a = await lab.start('a');
  expect((await pingFrom(a, '10.77.0.2')).times.size).toBe(3);
  const { output } = await a.run('ls /sys/firmware/acpi/tables');
  expect(output).toContain('NFIT');
  // QEMU plugs it in at 4 GiB. The guest's kernel has no driver for it, so it is written to where it is.
  const wrote = await a.run('busybox devmem 0x100000000 32 0x6c616e65 2>&1');
  expect(wrote.output).toBe('');
  const file = openSync(path, 'r');
  const start = Buffer.alloc(4);
  readSync(file, start, 0, 4, 0);
  closeSync(file);
  expect(start.toString('latin1')).toBe('enal');
  await lab.vmlane('domain', 'destroy', 'a');
  await lab.vmlane('domain', 'undefine', 'a');
});

test('on a disk: the start is refused, as the switch would drop the guest', async () => {
  tellAllOnFailure();
  const path = '/var/tmp/nvdimm-a';
  await write(path);
  const { stdout: system } = await execa('findmnt', ['-n', '-o', 'FSTYPE', '--target', path]);
  expect(['tmpfs', 'hugetlbfs']).not.toContain(system);
  const refused = `domain a: its memory has the file "${path}", on ${system}, and the switch takes`;
  await lab.vmlane('domain', 'define', FILE);
  await expect(lab.vmlane('domain', 'start', 'a')).rejects.toThrow(refused);
  await expect(lab.vmlane('domain', 'apply', '-f', FILE, '--start')).rejects.toThrow(refused);
  expect(await lab.vmlane('switch', 'ports', '--json')).not.toContain('"a.0"');
  const words = [`${packageRoot()}/dist/bin/main.js`, 'domain', 'validate', FILE];
  const { stdout } = await execa(process.execPath, words, { reject: false });
  expect(stdout).toContain('the switch takes memory on tmpfs and hugetlbfs only');
  await lab.vmlane('domain', 'undefine', 'a');
});
