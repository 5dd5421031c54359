import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { domainName, domainXml, generateDomain, portRequests } from '../../src/domain/index.js';
import { childrenOf, type Placed, scan } from '../../src/domain/markup.js';
import { connect, type Libvirt } from '../../src/libvirt/index.js';
import { identitiesByName, parseSpec } from '../../src/spec/index.js';
import { specs } from './arbitraries.js';
import { cases, host, outcome, specText } from './cases.js';

const FOLDER = join(import.meta.dirname, '../../templates/domain');
const SCHEMA = '/usr/share/libvirt/schemas/domain.rng';
const run = promisify(execFile);
const templates = readdirSync(FOLDER);
const read = (file: string) => readFileSync(join(FOLDER, file), 'utf8');
// secure: wants SMM, which our templates leave out; see below.
const good = cases.filter((name) => outcome(name).file.endsWith('.xml') && name !== 'secure');
const guest = (name: string) => parseSpec(specText(name), name, identitiesByName, host);

/** A domain without what may differ: order, blanks. */
function canonical({ name, attributes, children, text }: Placed): string {
  const pairs = [...attributes].map(([key, { value }]) => [key, value]);
  return JSON.stringify([name, pairs.sort(), text.trim(), children.map(canonical).sort()]);
}

describe.each(templates)('%s', (file) => {
  let libvirt: Libvirt;
  beforeAll(async () => {
    libvirt = await connect('test:///default');
  });
  afterAll(() => libvirt.close());

  test('is a domain by itself', async () => {
    await run('xmllint', ['--noout', '--relaxng', SCHEMA, join(FOLDER, file)]);
    await libvirt.define(read(file));
    await libvirt.undefine(domainName(read(file)));
  });

  test.each(good)('%s in it is one that libvirt takes', async (name) => {
    const { xml } = generateDomain(guest(name), { template: read(file) });
    await libvirt.define(xml);
    expect(portRequests(await libvirt.xml(domainName(xml)))).toEqual(
      portRequests(domainXml(guest(name))),
    );
    await libvirt.undefine(domainName(xml));
    const folder = await mkdtemp(join(tmpdir(), 'vmlane-'));
    try {
      await writeFile(join(folder, 'a.xml'), xml);
      await run('xmllint', ['--noout', '--relaxng', SCHEMA, join(folder, 'a.xml')]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

test.each(good)('server.xml says what no template says: %s', (name) => {
  const { xml } = generateDomain(guest(name), { template: read('server.xml') });
  // The template's clock is that of KVM; without, timers are left to QEMU.
  if (guest(name).accel === 'tcg') return;
  expect(canonical(scan(xml))).toBe(canonical(scan(domainXml(guest(name)))));
});

test('what is the template’s stays, comments too, and what is the guest’s replaces it', () => {
  const template = [
    "<domain type='qemu' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>",
    '\t<!-- ours -->',
    '\t<name>x</name><currentMemory>5</currentMemory>',
    "\t<metadata><a:b xmlns:a='urn:a'/></metadata>",
    '\t<memory>5</memory>',
    '\t<on_crash>restart</on_crash>',
    '\t<devices>',
    "\t\t<disk type='file'><source file='/srv/tools.iso'/><target dev='sdz' bus='sata'/></disk>",
    "\t\t<memballoon model='none'/>",
    '\t</devices>',
    "\t<qemu:commandline><qemu:arg value='-S'/></qemu:commandline>",
    '</domain>',
  ].join('\n');
  const { xml } = generateDomain(guest('numa'), { template });
  expect(xml).toContain('\t<!-- ours -->\n\t<name>nf1</name>\n\t<uuid>');
  expect(xml).toContain("<a:b xmlns:a='urn:a'/>");
  expect(xml).toContain('urn:vmlane:ports:1');
  expect(xml).not.toContain('currentMemory');
  expect(xml).toContain('\t<on_crash>restart</on_crash>');
  expect(xml).toContain('\t<on_reboot>restart</on_reboot>');
  expect(xml).toContain("\t<qemu:commandline><qemu:arg value='-S'/></qemu:commandline>\n</domain>");
  const [devices] = childrenOf(scan(xml), 'devices');
  expect(childrenOf(devices, 'disk').length).toBe(6);
  expect(childrenOf(devices, 'memballoon').length).toBe(1);
  expect(childrenOf(devices, 'rng').length).toBe(1);
});

test.each([
  ['<network/>', 'domain XML: holds <network> where <domain> should be'],
  ['<domain>', 'domain XML: line 1:'],
  ['<!DOCTYPE a><domain/>', 'domain XML: declares a document type or entities'],
  [
    "<domain><metadata><vmlane:ports xmlns:vmlane='urn:vmlane:ports:1'/></metadata></domain>",
    'template: has <vmlane:ports> of another guest; take it out',
  ],
])('%s is refused', (template, message) => {
  expect(() => generateDomain(guest('numa'), { template })).toThrow(message);
});

test('secure boot wants SMM of the template', () => {
  const smm = (features: string) =>
    generateDomain(guest('secure'), {
      template: `<domain><features>${features}</features></domain>`,
    });
  expect(() => smm('<acpi/>')).toThrow('template: has no SMM, which secure boot needs; add <smm');
  expect(smm("<smm state='on'/>").xml).toContain("<features><smm state='on'/></features>");
});

test('odd texts come through any template as they were', () => {
  const small = ["<domain type='kvm'/>", '<domain><devices/></domain>', read('desktop.xml')];
  fc.assert(
    fc.property(specs, fc.constantFrom(...small), (spec, template) => {
      const one = parseSpec(JSON.stringify(spec), 'generated');
      const { xml } = generateDomain(one, { template });
      const domain = scan(xml);
      expect(portRequests(xml)).toEqual(portRequests(domainXml(one)));
      const [os] = childrenOf(domain, 'os');
      expect(childrenOf(os, 'kernel')[0]?.text).toBe(one.boot?.kernel);
      expect(childrenOf(os, 'cmdline')[0]?.text).toBe(one.boot?.cmdline);
    }),
    { numRuns: 200 },
  );
});
