import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openDomain } from '../../src/domain/domain.js';
import { domainXml, generateDomain } from '../../src/domain/index.js';
import { connect, type Libvirt } from '../../src/libvirt/index.js';
import { identitiesByName, parseSpec } from '../../src/spec/index.js';
import { childrenOf } from '../../src/xml/element.js';
import { type Placed, scan } from '../../src/xml/scan.js';
import { specs } from './arbitraries.js';
import { cases, host, outcome, specText } from './cases.js';
import { RICH } from './rich.js';

const FOLDER = join(import.meta.dirname, '../../templates/domain');
const SCHEMA = '/usr/share/libvirt/schemas/domain.rng';
const run = promisify(execFile);
const templates = readdirSync(FOLDER);
const read = (file: string) => readFileSync(join(FOLDER, file), 'utf8');
// secure: wants SMM, which our templates leave out; see below.
const good = cases.filter((name) => outcome(name).file.endsWith('.xml') && name !== 'secure');
const guest = (name: string) => parseSpec(specText(name), name, identitiesByName, host);

/** A domain without what may differ: order, blanks, which element declares QEMU's namespace. */
function canonical({ name, attributes, children, text }: Placed): string {
  return JSON.stringify([
    name,
    Object.entries(attributes)
      .filter(([key]) => key !== 'xmlns:qemu')
      .sort(),
    text.trim(),
    children.map(canonical).sort(),
  ]);
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
    await libvirt.undefine(openDomain(read(file)).name);
  });

  test.each(good)('%s in it is one that libvirt takes', async (name) => {
    const { xml } = generateDomain(guest(name), { template: read(file) });
    await libvirt.define(xml);
    expect(openDomain(await libvirt.xml(openDomain(xml).name)).portRequests()).toEqual(
      openDomain(domainXml(guest(name))).portRequests(),
    );
    await libvirt.undefine(openDomain(xml).name);
    const folder = await mkdtemp(join(tmpdir(), 'vmlane-'));
    try {
      await writeFile(join(folder, 'a.xml'), xml);
      await run('xmllint', ['--noout', '--relaxng', SCHEMA, join(folder, 'a.xml')]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

// The template's clock is that of KVM; without, timers are left to QEMU.
const withKvm = good.filter((name) => guest(name).accel === 'kvm');
test.each(withKvm)('server.xml says what no template says: %s', (name) => {
  const { xml } = generateDomain(guest(name), { template: read('server.xml') });
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
  expect(xml).toContain("\t<qemu:commandline><qemu:arg value='-S'/></qemu:commandline>\n\t<qemu:");
  expect(xml).toContain(
    '\n\t\t\t\t<qemu:property name="host_mtu" type="unsigned" value="9000"/>\n',
  );
  expect(xml).toMatch(/\n\t<\/qemu:override>\n<\/domain>$/);
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

describe('what the spec leaves open is the template’s', () => {
  const filled = (spec: object, template = RICH) => {
    const whole = { name: 'g', memory: '1GiB', disks: [{ file: '/a.raw' }], ...spec };
    return generateDomain(parseSpec(JSON.stringify(whole), 's'), { template }).xml;
  };
  const port = { interfaces: [{ type: 'vhost-user' }] };

  test('CPU, boot, processors, serial ports, huge pages, kind; and its memory is shared', () => {
    const xml = filled({ ...port, agent: true, virtioConsole: true });
    expect(xml).toMatch(/^<domain type='qemu'>/);
    for (const kept of ["machine='pc'", '<bootmenu', "<boot dev='network'/>", '<vcpu>4</vcpu>']) {
      expect(xml).toContain(kept);
    }
    for (const kept of ['<hugepages/>', '<nosharepages/>', '<locked/>'])
      expect(xml).toContain(kept);
    expect(xml).toContain("memory='1' unit='GiB' memAccess='shared'");
    expect(xml).toMatch(/<access mode=['"]shared['"]\/>/);
    const [devices] = childrenOf(scan(xml), 'devices');
    const count = (name: string) => childrenOf(devices, name).length;
    expect(['serial', 'console', 'channel', 'memballoon'].map(count)).toEqual([1, 2, 1, 1]);
  });

  test('and what it says is not', () => {
    const said = {
      ...{ vcpus: 2, cpu: 'Nehalem', machine: 'q35', serials: [{ file: '/s.log' }] },
      ...{ memory: { size: '2GiB', hugepages: '2MiB' }, accel: 'kvm' },
    };
    const xml = filled({ ...said, ...port });
    expect(xml).toMatch(/^<domain type='kvm'>/);
    expect(xml).toContain('machine="q35"');
    expect(xml).not.toContain('bootmenu');
    expect(xml).toContain('<page size="2048"');
    expect(xml).toContain('<nosharepages/>');
    expect(xml).not.toContain('<numa>');
    expect(xml).toContain('>Nehalem<');
    const [devices] = childrenOf(scan(xml), 'devices');
    const serials = childrenOf(devices, 'serial');
    expect(serials.map(({ attributes }) => attributes.type)).toEqual(['file']);
  });

  test('memory devices keep the most that there can be', () => {
    const dimm = RICH.replace(
      '<devices>',
      "<devices><memory model='dimm'><target/></memory>",
    ).replace('<vcpu>', "<maxMemory slots='4' unit='GiB'>8</maxMemory><vcpu>");
    expect(filled(port, dimm)).toContain('<maxMemory');
    expect(filled(port, dimm.replace(/<memory model.*?<\/memory>/, ''))).not.toContain(
      '<maxMemory',
    );
  });

  const nvdimm = { nvdimms: [{ path: '/n', size: '2MiB' }] };

  test('NVDIMMs take the place of what the template says of the most', () => {
    const most = '<domain><maxMemory slots="4" unit="GiB">8</maxMemory><devices/></domain>';
    const xml = filled(nvdimm, most);
    expect(xml).toContain('<maxMemory slots="1" unit="KiB">1050624</maxMemory>');
    expect(xml).toContain('<memory unit="KiB">1050624</memory>');
    expect(xml).toMatch(/<cell id="0" cpus="0" memory="1048576" unit="KiB"\/>/);
    expect(xml).toContain('<memory model="nvdimm" access="shared">');
    expect(filled({}, most)).not.toContain('<maxMemory');
  });

  test.each([
    ["<devices><memory model='dimm'/></devices>", 'has memory devices of its own; take them out'],
    ["<cpu mode='host-model'/>", 'has a <cpu> without NUMA cells, which nvdimms need; give numa'],
    ['<features/>', 'has no ACPI, by which a guest finds nvdimms; add <acpi/> to its <features>'],
    ["<os><type machine='microvm'>hvm</type></os>", 'has machine "microvm", which has no NVDIMMs'],
  ])('%s is refused beside NVDIMMs', (inside, message) => {
    expect(() => filled(nvdimm, `<domain>${inside}</domain>`)).toThrow(`template: ${message}`);
  });

  test.each([
    ["<launchSecurity type='sev'/>", 'template: has <launchSecurity>: no switch can read'],
    [
      "<devices><disk type='file'><target dev='vda'/></disk></devices>",
      'template: has a disk vda, and so has the guest; give the disk of the guest another target',
    ],
  ])('%s is refused', (inside, message) => {
    expect(() => filled(port, `<domain>${inside}</domain>`)).toThrow(message);
  });
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
      expect(openDomain(xml).portRequests()).toEqual(openDomain(domainXml(one)).portRequests());
      const [os] = childrenOf(domain, 'os');
      expect(childrenOf(os, 'kernel')[0]?.text).toBe(one.boot?.kernel);
      expect(childrenOf(os, 'cmdline')[0]?.text).toBe(one.boot?.cmdline);
    }),
    { numRuns: 200 },
  );
});
