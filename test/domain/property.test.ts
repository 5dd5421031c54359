import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { openDomain } from '../../src/domain/domain.js';
import { domainXml } from '../../src/domain/index.js';
import { connect } from '../../src/libvirt/index.js';
import { type Guest, parseSpec } from '../../src/spec/index.js';
import { given } from '../../src/spec/resolve/given.js';
import { down, type Element } from '../../src/xml/element.js';
import { readDomain } from '../../src/xml/read.js';
import { specs } from './arbitraries.js';

const run = promisify(execFile);
const guests = specs.map((spec) => parseSpec(JSON.stringify(spec), 'generated'));

test('names, paths and command lines come back from the XML as they went in', () => {
  fc.assert(
    fc.property(guests, (guest) => {
      const xml = domainXml(guest);
      expect(xml).toBe(domainXml(guest));
      expect(openDomain(xml).name).toBe(guest.name);
      expect(openDomain(xml).vhostUserInterfaces).toEqual(vhostUserOf(guest));
      const texts = [...textsOf(readDomain(xml))];
      expect(texts).toEqual(expect.arrayContaining(strings(guest)));
    }),
    { numRuns: 300 },
  );
});

test('libxml2 reads the same, and the schema takes it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'vmlane-'));
  const some = fc.sample(guests, 40);
  const paths = some.map((_, index) => join(folder, `${index}.xml`));
  await Promise.all(some.map((guest, index) => writeFile(paths[index] ?? '', domainXml(guest))));
  const schema = '/usr/share/libvirt/schemas/domain.rng';
  try {
    await run('xmllint', ['--noout', '--relaxng', schema, ...paths]);
    const kernels = await run('xmllint', ['--xpath', '/domain/os/kernel/text()', ...paths]);
    expect(kernels.stdout.split('\n').length).toBeGreaterThan(some.length - 1);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('libvirt reads the same', async () => {
  const libvirt = await connect('test:///default');
  for (const guest of fc.sample(guests, 40)) {
    await libvirt.define(domainXml(guest));
    const back = await libvirt.xml(guest.name);
    expect(openDomain(back).vhostUserInterfaces).toEqual(vhostUserOf(guest));
    const { root } = openDomain(back);
    expect(down(root, 'os', 'kernel')[0]?.text).toBe(guest.boot?.kernel);
    expect(down(root, 'os', 'cmdline')[0]?.text).toBe(guest.boot?.cmdline);
    await libvirt.undefine(guest.name);
  }
  await libvirt.close();
});

function vhostUserOf({ interfaces }: Guest) {
  return interfaces.flatMap((nic) => {
    if (nic.type !== 'vhost-user') return [];
    const { socket: path, listener, mac, vlan, pinned, addressLimit, floodLimit } = nic;
    const { inbound, outbound } = nic.bandwidth ?? {};
    const limits = {
      ...{ inbound: inbound?.average, inboundPeak: inbound?.peak, inboundBurst: inbound?.burst },
      ...{ outbound: outbound?.average, outboundPeak: outbound?.peak },
      outboundBurst: outbound?.burst,
    };
    return [
      {
        ...{ path, mode: listener === 'qemu' ? 'server' : 'client', mac, pinned },
        ...(vlan !== undefined && { vlan }),
        ...(addressLimit !== undefined && { addressLimit }),
        ...(floodLimit !== undefined && { floodLimit }),
        ...(nic.isolated !== undefined && { isolated: nic.isolated }),
        ...(nic.link !== undefined && { link: nic.link }),
        ...given(limits),
      },
    ];
  });
}

function strings(guest: Guest): string[] {
  const { name, uuid, title, machine, emulator, boot, disks, interfaces, serials } = guest;
  const { firmware, agent } = guest;
  const given = [
    ...[name, uuid, title, machine, emulator, boot?.kernel, boot?.initrd, boot?.cmdline],
    ...(firmware.type === 'bios' ? [] : [firmware.loader, firmware.variables]),
    ...[agent?.socket, guest.graphics?.socket, guest.graphics?.listen, guest.tpm],
    ...guest.filesystems.flatMap(({ source, target }) => [source, target]),
    ...disks.flatMap((disk) => (disk.source === 'volume' ? [disk.pool, disk.volume] : [])),
    ...disks.flatMap((disk) =>
      disk.source === 'network' ? [disk.name, disk.auth?.user, disk.auth?.secret] : [],
    ),
    ...disks.flatMap((disk) => ['path' in disk ? disk.path : undefined, disk.target, disk.format]),
    ...interfaces.map((nic) => nic.mac),
    ...interfaces.map((nic) => (nic.type === 'bridge' ? nic.bridge : undefined)),
    ...interfaces.map((nic) => ('network' in nic ? nic.network : undefined)),
    ...serials.map((serial) => (serial.type === 'pty' ? undefined : serial.path)),
  ];
  return given.filter((text) => text !== undefined);
}

function* textsOf({ attributes, children, text }: Element): Generator<string> {
  yield* Object.values(attributes);
  if (children.length === 0) yield text;
  else for (const child of children) yield* textsOf(child);
}
