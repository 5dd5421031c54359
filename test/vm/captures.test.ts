/**
 * What this libvirt runs for a domain is what was recorded of its version: test/data/qemu has the
 * command lines that 9.0 and 11.3 make of the same domains (test/qemu/versions.test.ts compares). Rewritten by vitest -u.
 */
import { execFileSync } from 'node:child_process';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Lab } from '../../lab/lab.js';
import { strays } from '../../lab/strays.js';
import { dataPath } from '../qemu/fixtures.js';
import { tellAllOnFailure } from './use-lab.js';

let lab: Lab;
const MAJOR = Number.parseInt(execFileSync('virsh', ['--version'], { encoding: 'utf8' }), 10);
const EMULATOR = '/run/lab/recorder';
const RECORDED = '/run/lab/recorded';

beforeAll(async () => {
  lab = await Lab.open({ say: (text) => console.log(text) });
  // libvirt asks it what it can before it starts a guest by it.
  const text = `#!/bin/bash
for word; do case $word in guest=*) printf '%s\\n' "$@" >${RECORDED}; exit 1 ;; esac; done
exec /usr/bin/qemu-system-x86_64 "$@"
`;
  await writeFile(EMULATOR, text);
  await chmod(EMULATOR, 0o755);
});
afterAll(async () => {
  await lab?.close();
  expect(await strays()).toEqual([]);
});

const nic = (mac: string, more = '', model = 'virtio') =>
  `<interface type='bridge'><mac address='52:54:00:aa:00:0${mac}'/><source bridge='br-lab'/><model type='${model}'/>${more}</interface>`;
const domain = (name: string, parts: string, devices: string) =>
  `<domain type='qemu'><name>${name}</name><uuid>11111111-2222-3333-4444-555555555501</uuid>
    <memory unit='MiB'>512</memory>${parts}<vcpu>2</vcpu>
    <os><type arch='x86_64' machine='q35'>hvm</type></os><features><acpi/></features>
    <devices><emulator>${EMULATOR}</emulator>${devices}<memballoon model='none'/></devices></domain>`;
const numa = (cell: string) =>
  `<cpu><numa>${[0, 1].map((id) => `<cell id='${id}' cpus='${id}' memory='256' unit='MiB'${cell}/>`).join('')}</numa></cpu>`;
const MEMFD = "<memoryBacking><source type='memfd'/></memoryBacking>";

const DOMAINS = {
  plain: domain('plain', '', nic('1')),
  nics: domain(
    'nics',
    '',
    nic('1', "<driver queues='2' rx_queue_size='256'/>") +
      nic('2', "<driver><host csum='off' tso4='off'/><guest tso4='off'/></driver>") +
      nic('3', "<mtu size='1400'/><link state='down'/><boot order='1'/>") +
      nic('4', '', 'e1000e'),
  ),
  numa: domain('numa', numa(''), nic('1')),
  memfd: domain('memfd', MEMFD + numa(" memAccess='private'"), nic('1')),
};

test.each(Object.entries(DOMAINS))('%s', async (name, xml) => {
  tellAllOnFailure();
  await writeFile('/run/lab/recorded.xml', xml);
  await expect(execa('virsh', ['create', '/run/lab/recorded.xml'])).rejects.toThrow();
  const words = await readFile(RECORDED, 'utf8');
  await expect(steady(words)).toMatchFileSnapshot(dataPath(`lv${MAJOR}-same-${name}.args`));
});

/** Descriptors and domains are numbered by what was before. */
function steady(words: string): string {
  const seen = new Map<string, number>();
  const number = (fd: string) => {
    if (!seen.has(fd)) seen.set(fd, 30 + seen.size);
    return String(seen.get(fd));
  };
  return words
    .replace(/\/domain-\d+-/g, '/domain-1-')
    .replace(
      /(\bfds?"?[:=]"?)([\d:]+)/g,
      (_, key, fds) => key + fds.split(':').map(number).join(':'),
    );
}
