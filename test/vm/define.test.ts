/** Every golden guest, defined by a real QEMU driver. */

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Daemon, startLibvirtd } from '../../lab/libvirtd.js';
import { openDomain } from '../../src/domain/domain.js';
import { domainXml, generateDomain } from '../../src/domain/index.js';
import { connect, type Libvirt } from '../../src/libvirt/index.js';
import { type Guest, identitiesByName, parseSpec } from '../../src/spec/index.js';
import { cases, host, outcome, specText } from '../domain/cases.js';
import { RICH } from '../domain/rich.js';

/** The guest without KVM, which libvirt refuses to define where QEMU cannot use it. */
function emulated(name: string): Guest {
  const guest = parseSpec(specText(name), name, identitiesByName, host);
  const cpu = guest.cpu.mode === 'host' ? { ...guest.cpu, mode: 'max' as const } : guest.cpu;
  return { ...guest, accel: 'tcg', cpu };
}

const good = cases.filter((name) => outcome(name).file.endsWith('.xml'));

describe('qemu:///system takes', () => {
  let daemon: Daemon;
  let libvirt: Libvirt;
  beforeAll(async () => {
    daemon = await startLibvirtd();
    libvirt = await connect('qemu:///system');
  });
  afterAll(async () => {
    await libvirt?.close();
    await daemon?.stop();
  });

  test.each(good)('%s, and gives it back', async (name) => {
    const guest = emulated(name);
    const xml = domainXml(guest);
    await libvirt.define(xml);
    const first = await libvirt.definition(guest.name);
    expect(openDomain(first).portRequests()).toEqual(openDomain(xml).portRequests());
    await libvirt.define(first);
    // libvirt 9.0 moves controllers that it has added itself in front of others when it reads them again.
    const again = await libvirt.definition(guest.name);
    expect(again.split('\n').sort()).toEqual(first.split('\n').sort());
    await libvirt.undefine(guest.name);
  });

  test('a guest in the domain of another', async () => {
    await libvirt.define(RICH);
    const template = await libvirt.definition('rich');
    await libvirt.undefine('rich');
    const spec =
      '{name: g, memory: 1GiB, disks: [{file: /a.raw}], interfaces: [{type: vhost-user}]}';
    const { xml } = generateDomain(parseSpec(spec, 's'), { template });
    await libvirt.define(xml);
    const there = await libvirt.definition('g');
    expect(there).toContain("memAccess='shared'");
    expect(openDomain(there).portRequests()).toHaveLength(1);
    await libvirt.undefine('g');
  });
});
