import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openDomain } from '../../../src/domain/domain.js';
import { convertDomain, domainXml, validateDomain } from '../../../src/domain/index.js';
import { hostQuestions } from '../../../src/domain/validate/index.js';
import { connect } from '../../../src/libvirt/index.js';
import { parseSpec } from '../../../src/spec/index.js';
import { readHostFacts } from '../../../src/system/facts.js';
import { specs } from '../arbitraries.js';
import { cases, outcome } from '../cases.js';
import { domains } from '../convert/arbitraries.js';
import { FOLDER as CORPUS, files, names, optionsOf, xmlOf } from '../convert/cases.js';
import { makeHost } from './host.js';

const BAD = join(import.meta.dirname, '../../data/validate');
const errorsOf = (xml: string) => validateDomain(xml).filter(({ level }) => level === 'error');

let root: string;
let host: { remove(): void };
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'vl-'));
  host = await makeHost(root);
});
afterAll(() => host.remove());

describe('good domains have no error', () => {
  const generated = cases.filter((name) => outcome(name).file.endsWith('.xml'));
  test.each(generated)('of a spec: %s', (name) => {
    expect(errorsOf(outcome(name).text)).toEqual([]);
  });

  // chosen and vf-pool-twins have a MAC twice. Others' hypervisors are no business of ours.
  const converted = names
    .filter((name) => files.includes(`${name}.diff`) && !['chosen', 'vf-pool-twins'].includes(name))
    .filter((name) => /<domain[^>]*type=['"](kvm|qemu)/.test(xmlOf(name)));
  test('there are some', () =>
    expect([generated.length > 4, converted.length > 15]).toEqual([true, true]));

  test.each(converted)('converted: %s', (name) => {
    expect(errorsOf(convertDomain(openDomain(xmlOf(name)), optionsOf(name)).xml), CORPUS).toEqual(
      [],
    );
  });

  test('of any spec', () => {
    fc.assert(
      fc.property(specs, (spec) => {
        expect(errorsOf(domainXml(parseSpec(JSON.stringify(spec), 'generated')))).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });
});

describe('what libvirt takes as it is meant', () => {
  const nic = "<interface type='vhostuser'>";
  const virtio = "<model type='virtio'/>";
  const team = "<teaming type='persistent'/>";
  const vf = "<address bus='1' slot='0x10' function='1'/>";
  const kvm = (inside: string) => {
    const memory = "<memory unit='GiB'>1</memory><memoryBacking><source type='memfd'/>";
    return `<domain type='kvm'><name>a</name>${memory}<access mode='shared'/></memoryBacking><os><type>hvm</type></os>${inside}</domain>`;
  };
  const devices = (text: string) => kvm(`<devices>${text}</devices>`);
  const source =
    "<source type='unix' path='/s' mode='client'><reconnect enabled='yes' timeout='1'/></source>";
  test.each([
    ['an empty UUID', kvm('<uuid/>')],
    ['an empty limit of bandwidth', devices(`${nic}${source}${virtio}<bandwidth/></interface>`)],
    [
      'a MAC of fe on a tap of another program',
      devices(
        "<interface type='ethernet'><mac address='fe:54:00:00:00:01'/><target dev='t' managed='no'/></interface>",
      ),
    ],
    [
      'a VF of a team that is a <hostdev>',
      devices(
        `${nic}<mac address='52:54:00:00:00:01'/>${source}${virtio}${team}<alias name='ua-p'/></interface>` +
          `<hostdev mode='subsystem' type='pci'><source>${vf}</source><teaming type='transient' persistent='ua-p'/></hostdev>`,
      ),
    ],
    [
      'PCI addresses with parts left out',
      devices(
        `<hostdev mode='subsystem' type='pci'><source><address bus='0x01'/></source></hostdev>` +
          `<interface type='user'><address type='pci' slot='3'/></interface>` +
          `<interface type='user'><address type='pci'/></interface>`,
      ),
    ],
    [
      'the first serial port once more as console',
      devices(
        "<serial type='unix'><source mode='bind' path='/c'/><target port='0'/></serial>" +
          "<console type='unix'><source mode='bind' path='/c'/><target type='serial' port='0'/></console>",
      ),
    ],
  ])('%s', async (_, xml) => {
    expect(validateDomain(xml)).toEqual([]);
    const libvirt = await connect('test:///default');
    await libvirt.define(xml);
    await libvirt.undefine('a');
    await libvirt.close();
  });

  test('parts that are left out of a PCI address are 0', () => {
    const twice = devices(
      "<interface type='user'><address type='pci' slot='3'/></interface>" +
        "<interface type='user'><address type='pci' bus='0' slot='0x3' function='0'/></interface>",
    );
    expect(validateDomain(twice)).toMatchObject([{ rule: 'pci-address' }]);
  });
});

test('a long transmit ring on a tap: by the version of QEMU', () => {
  const facts = readHostFacts(hostQuestions('<domain/>'), root);
  const xml = readFileSync(join(BAD, 'ring-of-tap.xml'), 'utf8');
  const found = (qemu?: [number, number]) =>
    validateDomain(xml, { host: { ...facts, qemu } })
      .filter(({ rule }) => rule === 'ring-size')
      .map(({ level, host, problem }) => [level, host, problem]);
  const only = 'tx_queue_size="1024" is for vhost-user alone';
  expect(found([8, 0])).toEqual([['warning', false, `${only}, QEMU uses 256 here`]]);
  expect(found([8, 1])).toEqual([['error', true, `${only}: QEMU from 8.1 on does not start`]]);
  const unknown = `${only}: QEMU uses 256 here, and from 8.1 on does not start`;
  expect(found()).toEqual([['warning', false, unknown]]);
});

describe('a host that fits has nothing to say', () => {
  const judge = (xml: string) =>
    validateDomain(xml, { host: { ...readHostFacts(hostQuestions(xml), root), maxFrame: 9018 } });
  const good = readFileSync(join(import.meta.dirname, 'good.xml'), 'utf8');

  test('of a guest with all that it looks at', () => expect(judge(good)).toEqual([]));

  test('of one that runs: its pages, sockets and VF are its own', () => {
    const running = good
      .replace('<name>web1</name>', '<name>running</name>')
      .replaceAll("page size='2' unit='MiB'", "page size='1' unit='GiB'")
      .replace("memory='512' unit", "memory='524288' unit")
      .replace("memory='524288' memAccess", "memory='536870912' memAccess")
      .replace("unit='MiB'>1024</memory>", "unit='TiB'>1</memory>")
      .replaceAll('/run/vmlane/guests/web1.0.sock', '/run/vmlane/guests/closed.sock')
      .replace("bus='0x01' slot='0x10' function='0x0'", "bus='0x01' slot='0x11' function='0x4'");
    expect(judge(running)).toEqual([]);
    expect(judge(running.replace('>running<', '>web1<')).map(({ rule }) => rule)).toEqual([
      'pages-free',
      'socket-peer',
      'vf-free',
    ]);
  });

  test('qemu-wrap shares memory that looks private', () => {
    const wrapped = good
      .replace(/<memoryBacking>[\s\S]*<\/memoryBacking>/, '')
      .replace('<devices>', '<devices><emulator>/opt/qemu-wrap</emulator>');
    expect(judge(wrapped)).toMatchObject([{ rule: 'shared-memory', level: 'note' }]);
  });

  test('KVM that does not open, and a QEMU without the defect', () => {
    const facts = { ...readHostFacts(hostQuestions(good), root), maxFrame: 9018 };
    for (const kvm of ['ENOENT', 'EACCES', 'ENODEV']) {
      const found = validateDomain(good, { host: { ...facts, kvm } });
      expect(found).toMatchObject([{ rule: 'kvm', host: true, path: 'domain' }]);
    }
    const crash = readFileSync(join(BAD, 'msix-crash.xml'), 'utf8');
    const of = (xml: string, qemu?: [number, number]) =>
      validateDomain(xml, { host: { ...facts, qemu } }).filter(({ rule }) => rule === 'msix-crash');
    expect(of(crash, [7, 2])).toHaveLength(1);
    expect([of(crash, [10, 0]), of(crash)]).toEqual([[], []]);
    expect(of(crash.replace('console=ttyS0', 'pci=nomsi'), [7, 2])).toEqual([]);
  });

  test('nobody knows the user of QEMU: that is noted, not judged', () => {
    const { account: _, ...facts } = readHostFacts(hostQuestions(good), root);
    expect(validateDomain(good, { host: { ...facts, maxFrame: 9018 } })).toMatchObject([
      { level: 'note' },
    ]);
  });
});

describe('whatever the text', () => {
  const texts = readdirSync(BAD)
    .filter((file) => file.endsWith('.xml'))
    .map((file) => readFileSync(join(BAD, file), 'utf8'));
  const judge = (xml: string) => {
    const facts = readHostFacts({ ...hostQuestions(xml), pci: [] }, join(root, 'nowhere'));
    for (const { path, problem, remedy } of validateDomain(xml, { host: facts })) {
      expect([path, problem, remedy].join('')).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
      expect(problem.length).toBeLessThan(1500);
      expect(remedy).not.toBe('');
    }
  };

  test('random bytes', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.uint8Array()), (text) =>
        judge(typeof text === 'string' ? text : Buffer.from(text).toString()),
      ),
    );
  });

  test('domains that are nonsense', () => {
    fc.assert(fc.property(domains, judge), { numRuns: 200 });
  });

  const piece = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 8 }),
    fc.constantFrom(
      '',
      '<',
      '>',
      '"',
      "'",
      '&',
      '&#10;',
      '&#x2028;',
      ']]>',
      '<!--',
      '-1',
      '99999999999999999999',
      '0x',
      '/../',
      '\0',
      '--',
    ),
  );
  test('mutations of texts that are nearly good', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...texts),
        fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(6), piece), {
          maxLength: 4,
        }),
        (text, changes) => {
          let changed = text;
          for (const [where, length, put] of changes) {
            const at = Math.floor(where * changed.length);
            changed = changed.slice(0, at) + put + changed.slice(at + length);
          }
          judge(changed);
        },
      ),
      { numRuns: 1500 },
    );
  });

  test('values of attributes that are anything', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...texts),
        fc.double({ min: 0, max: 1, noNaN: true }),
        piece,
        (text, where, put) => {
          const values = [...text.matchAll(/(?<==')[^']*(?=')/g)];
          const value = values[Math.floor(where * values.length)];
          if (!value) return;
          const safe = put.replace(/[<&'\p{Cc}\p{Cs}\ufffe\uffff]/gu, '');
          judge(text.slice(0, value.index) + safe + text.slice(value.index + value[0].length));
        },
      ),
      { numRuns: 1500 },
    );
  });

  test('a guest of thousands of everything is refused, not compared with itself', () => {
    const many = `<domain type='kvm'><name>a</name><devices>${'<interface/>'.repeat(5000)}</devices></domain>`;
    expect(validateDomain(many)).toMatchObject([
      { rule: 'input', path: 'devices', problem: '5000 times <interface>' },
    ]);
  });

  test('nested so deep that a parser could fall over', () => {
    for (const deep of ['<a>', '<domain>', '<domain a="">']) {
      expect(validateDomain(deep.repeat(60_000))).toMatchObject([{ rule: 'input' }]);
    }
  });
});

test('an MTU: whether the running switch carries it', () => {
  const good = readFileSync(join(import.meta.dirname, 'good.xml'), 'utf8');
  const facts = readHostFacts(hostQuestions(good), root);
  const found = (maxFrame?: number) =>
    validateDomain(good, { host: { ...facts, maxFrame } }).map(({ rule, level, problem }) => {
      return [rule, level, problem];
    });
  expect(found(9018)).toEqual([]);
  expect(found(9017)).toEqual([
    ['mtu', 'error', expect.stringContaining('is 9000, and the switch carries 8999 at most')],
  ]);
  expect(found()).toEqual([['mtu', 'warning', expect.stringContaining('which was not asked')]]);
});

test('an MTU: whether its network carries it', () => {
  const good = readFileSync(join(import.meta.dirname, 'good.xml'), 'utf8');
  const xml = good.replace("vlan='42'", "network='lan'");
  const facts = { ...readHostFacts(hostQuestions(xml), root), maxFrame: 9018 };
  const found = (name: string, mtu: number) =>
    validateDomain(xml, { host: { ...facts, networkMtus: new Map([[name, mtu]]) } });
  expect(found('lan', 9000)).toEqual([]);
  expect(found('wan', 1500)).toEqual([]);
  const problem = expect.stringContaining('is 9000, and network lan carries 8999: larger frames');
  expect(found('lan', 8999)).toMatchObject([{ rule: 'mtu', level: 'warning', problem }]);
});
