/** Every golden guest, applied to a real QEMU driver: what it makes of one is recognised, also after a restart. */

import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Daemon, startLibvirtd } from '../../lab/libvirtd.js';
import { comparable } from '../../src/domain/change/comparable.js';
import { madeDigest } from '../../src/domain/change/mark.js';
import { openDomain } from '../../src/domain/domain.js';
import { completeDomain, domainXml } from '../../src/domain/index.js';
import { defineMarked } from '../../src/guests/apply/define-marked.js';
import { connect, type Libvirt } from '../../src/libvirt/index.js';
import { type Guest, identitiesByName, parseSpec } from '../../src/spec/index.js';
import { cases, host, outcome, specText } from '../domain/cases.js';

let daemon: Daemon;
let libvirt: Libvirt;
beforeAll(async () => {
  daemon = await startLibvirtd();
  libvirt = await connect('qemu:///system');
});
afterAll(async () => {
  for (const { name } of (await libvirt?.list()) ?? []) await libvirt.undefine(name, 'keep');
  await libvirt?.close();
  await daemon?.stop();
});

const MARK = {
  set: 'golden',
  folder: 'file:///',
  digest: 'a',
  guest: 'b',
  generation: 1,
  made: '',
};
const good = cases.filter((name) => outcome(name).file.endsWith('.xml'));

/** The guest under a name of its own, without KVM, which libvirt refuses where QEMU cannot use it. */
function emulated(name: string): Guest {
  const guest = parseSpec(specText(name), name, identitiesByName, host);
  const cpu = guest.cpu.mode === 'host' ? { ...guest.cpu, mode: 'max' as const } : guest.cpu;
  return { ...guest, name, uuid: identitiesByName.uuid(name), accel: 'tcg', cpu };
}

test.each(good)('%s is defined, and what libvirt added is no difference', async (name) => {
  const xml = domainXml(emulated(name));
  await defineMarked(libvirt, name, completeDomain(openDomain(xml)), MARK);
  const definition = await libvirt.definition(name);
  expect(openDomain(definition).mark?.made).toBe(madeDigest(openDomain(definition)));
  const { before, after } = comparable(openDomain(definition), openDomain(xml));
  expect(before).toBe(after);
});

test('all are recognised by a libvirtd that has read them from disk', async () => {
  await libvirt.close();
  await daemon.stop();
  daemon = await startLibvirtd();
  libvirt = await connect('qemu:///system');
  const changed: string[] = [];
  for (const name of good) {
    const definition = await libvirt.definition(name);
    if (openDomain(definition).mark?.made !== madeDigest(openDomain(definition)))
      changed.push(name);
  }
  expect(changed).toEqual([]);
});
