/** A domain's XML is scanned once, and parsed by the library only if it is refused, whatever is asked of it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { beforeEach, expect, test, vi } from 'vitest';
import { convertDomain, openDomain, revertDomain } from '../../src/domain/index.js';
import { carryOut } from '../../src/guests/apply/carry-out.js';
import { planApply } from '../../src/guests/apply/plan.js';
import { readPresent } from '../../src/guests/apply/present.js';
import { readSet } from '../../src/guests/apply/read.js';
import { plugNic } from '../../src/guests/plug.js';
import { startGuest } from '../../src/guests/start.js';
import { validateGuests } from '../../src/guests/validate.js';
import { viewGuests } from '../../src/guests/view.js';
import { runHook } from '../../src/hook/run.js';
import { connect, type DomainInfo } from '../../src/libvirt/index.js';
import { domainOf, write } from '../cli/apply/files.js';
import { fakeHost } from '../guests/fake-host.js';
import { bridged, domainXml, vhostUser } from '../hook/xml.js';
import { FakePorts } from '../switch/fake-ports.js';
import { withPorts } from '../switch/with-ports.js';
import { xmlOf } from './convert/cases.js';

const scanned = vi.hoisted((): string[] => []);
vi.mock('../../src/xml/scan.js', async (original) => {
  const module = await original<typeof import('../../src/xml/scan.js')>();
  const scan = (xml: string) => {
    scanned.push(xml);
    return module.scan(xml);
  };
  return { ...module, scan };
});
const parse = vi.spyOn(XMLParser.prototype, 'parse');
const check = vi.spyOn(XMLValidator as { validate(xml: string): unknown }, 'validate');

beforeEach(() => {
  parse.mockClear();
  check.mockClear();
  scanned.length = 0;
});

/** How often documents were parsed and scanned. None twice; pieces that a record keeps are no documents. */
function counted() {
  const parsed = parse.mock.calls.map(([xml]) => String(xml));
  expect(check.mock.calls.map(([xml]) => xml)).toEqual(parsed);
  const placed = scanned.filter((xml) => /<domain[\s>]/.test(xml));
  for (const all of [parsed, placed]) expect(all).toEqual([...new Set(all)]);
  return { parsed: parsed.length, scanned: placed.length };
}

const VHOST = domainXml('web', [vhostUser('/run/a.sock'), bridged('net1')], {
  ports: '<vmlane:port path="/run/a.sock" vlan="7" flood-limit="9"/>',
});

test('by the hook, at the start and at the end', () =>
  withPorts(new FakePorts([]), async (socket) => {
    const settings = { switch: socket, socketDirs: ['/run'] };
    await runHook(settings, ['web', 'prepare', 'begin', '-'], VHOST);
    expect(counted()).toEqual({ parsed: 0, scanned: 1 });
    scanned.length = 0;
    await runHook(settings, ['web', 'release', 'end', '-'], VHOST);
    expect(counted()).toEqual({ parsed: 0, scanned: 1 });
  }));

test('by a start', async () => {
  const libvirt = {
    xml: async () => VHOST,
    state: async () => 'shut off' as const,
    start: async () => {},
  };
  await startGuest(fakeHost<'xml' | 'state' | 'start'>(libvirt, new FakePorts([])), 'web');
  expect(counted()).toEqual({ parsed: 0, scanned: 1 });
});

test('by a list', async () => {
  const info = { name: 'web', uuid: '', state: 'running', persistent: true } as DomainInfo;
  const libvirt = { listXml: async () => [{ info, xml: VHOST }] };
  await viewGuests(fakeHost<'listXml'>(libvirt));
  expect(counted()).toEqual({ parsed: 0, scanned: 1 });
});

test('by attaching a NIC', async () => {
  const libvirt = {
    xml: async () => VHOST,
    definition: async () => `${VHOST}<!-- as defined -->`,
    state: async () => 'running' as const,
    ...{ attach: async () => {}, detach: async () => {}, define: async () => {} },
  };
  type Calls = 'xml' | 'state' | 'attach' | 'detach' | 'definition' | 'define';
  const host = fakeHost<Calls>(libvirt, new FakePorts([]));
  await plugNic(host, 'web', { vlan: 5, socketDir: '/run' }, { persistent: true });
  // The guest, and its definition, which gets the VLAN.
  expect(counted()).toEqual({ parsed: 0, scanned: 2 });
});

test('by a conversion and its way back', () => {
  const { xml, nics } = convertDomain(openDomain(xmlOf('anonymous')));
  expect(nics).not.toEqual([]);
  expect(counted()).toEqual({ parsed: 0, scanned: 1 });
  revertDomain(openDomain(xml));
  expect(counted()).toEqual({ parsed: 0, scanned: 2 });
});

test('by a validation, with host, schema and others', async () => {
  const given = ['a', 'b'].map((name) => ({
    label: name,
    xml: domainXml(name, [bridged('net0')]),
  }));
  const all = [...given, { label: 'c', xml: '<domain>' }];
  expect(await validateGuests(all, { root: '/' })).not.toEqual([]);
  expect(scanned).toHaveLength(3);
  // Only what is not well-formed comes to the library, which says why.
  expect(check.mock.calls).toEqual([['<domain>']]);
  expect(parse.mock.calls).toEqual([]);
});

test('by an apply of a folder, the first one and the next', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'vmlane-parses-'));
  const libvirt = await connect('test:///default');
  try {
    const files = ['a', 'b'].map((name): [string, string] => [
      `${name}.xml`,
      domainOf({ name, sockets: [{ path: `/run/${name}`, vlan: 5 }] }),
    ]);
    await write(folder, Object.fromEntries(files));
    const apply = async () => {
      const { wanted } = await readSet(folder);
      const present = await readPresent(libvirt, wanted, 's', false);
      const flags = { start: false, restart: false, destroy: false };
      const options = { set: 's', named: true, folder: 'file:///', ...flags };
      const { domains } = planApply(wanted, present, [], options);
      const actions = domains.map(({ action }) => action);
      const { errors } = await carryOut(domains, {
        ...{ host: fakeHost(libvirt), client: undefined, stop: { timeoutMs: 1 } },
        ...{ tell: () => {}, signal: new AbortController().signal },
      });
      expect(errors).toEqual([]);
      return actions;
    };
    expect(await apply()).toEqual(['define', 'define']);
    // Of each: the file, that with UUID and MAC, and what libvirt made of it at both defines.
    expect(counted()).toEqual({ parsed: 0, scanned: 2 * 4 });
    parse.mockClear();
    check.mockClear();
    scanned.length = 0;
    expect(await apply()).toEqual(['unchanged', 'unchanged']);
    // Of each: the file, that with UUID and MAC, and libvirt's definition.
    expect(counted()).toEqual({ parsed: 0, scanned: 2 * 3 });
  } finally {
    for (const { name } of await libvirt.list()) if (name !== 'test') await libvirt.undefine(name);
    await libvirt.close();
    await rm(folder, { recursive: true });
  }
});
