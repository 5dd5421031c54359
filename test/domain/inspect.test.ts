import { describe, expect, test } from 'vitest';
import { openDomain } from '../../src/domain/domain.js';
import { InvalidInput } from '../../src/values/errors.js';

function domain(devices: string, rest = ''): string {
  return `<?xml version="1.0"?>\n<!-- by hand -->\n<domain type='kvm' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>
  <name>web1</name>${rest}
  <devices>${devices}</devices>
</domain>`;
}

const ONE = "<interface type='vhostuser'><source type='unix' path='/a' mode='server'/></interface>";

describe('vhostUserInterfaces', () => {
  test('takes them in order, among others', () => {
    const xml = domain(`
      <interface type='network'><source network='default'/></interface>
      <interface type="vhostuser">
        <alias name='net1'/><target dev=''/>
        <model type='virtio'/>
        <mac address='52:54:00:AA:00:01'/>
        <source type='unix' path='/run/a.sock' mode='server'/>
      </interface>
      <disk type='vhostuser' device='disk'><source type='unix' path='/run/disk.sock'/></disk>
      <interface type='vhostuser'>
        <source mode='client' path='/run/b.sock' type='unix'><reconnect enabled='yes' timeout='2'/></source>
      </interface>`);
    expect(openDomain(xml).vhostUserInterfaces).toEqual([
      { path: '/run/a.sock', mode: 'server', mac: '52:54:00:aa:00:01', pinned: true },
      { path: '/run/b.sock', mode: 'client', pinned: true },
    ]);
  });

  test('a VLAN that convert found is told, one that cannot be is not', () => {
    const kept = (vlan: string) =>
      `<metadata><vmlane:convert xmlns:vmlane="urn:vmlane:convert:1"><vmlane:interface path="/a" vlan="${vlan}"/><vmlane:interface path="/b" vlan="7"/></vmlane:convert></metadata>`;
    const port = { path: '/a', mode: 'server', pinned: true };
    expect(openDomain(domain(ONE, kept('42'))).vhostUserInterfaces).toEqual([
      { ...port, vlan: 42 },
    ]);
    for (const vlan of ['', '0', '4095', 'x', '1.5']) {
      expect(openDomain(domain(ONE, kept(vlan))).vhostUserInterfaces).toEqual([port]);
    }
  });

  test('there may be none, and no devices', () => {
    expect(openDomain(domain('')).vhostUserInterfaces).toEqual([]);
    expect(openDomain('<domain><name>a</name></domain>').vhostUserInterfaces).toEqual([]);
  });

  test('only devices count, not what metadata or comments hold', () => {
    const elsewhere = `<metadata><x:a xmlns:x='y'><domain><devices>${ONE}</devices></domain></x:a></metadata>`;
    expect(openDomain(domain(`<!-- ${ONE} -->`, elsewhere)).vhostUserInterfaces).toEqual([]);
  });

  test("a NIC on passt has no switch's socket", () => {
    const passt = "<interface type='vhostuser'><backend type='passt'/></interface>";
    expect(openDomain(domain(passt + ONE)).vhostUserInterfaces).toEqual([
      { path: '/a', mode: 'server', pinned: true },
    ]);
  });

  test.each([
    ['&#x2f;run&#47;a', '/run/a'],
    ['/a&amp;b&lt;&gt;&quot;&apos;', '/a&b<>"\''],
    ['/&amp;lt;', '/&lt;'],
    ['/&#x1F600;é', '/😀é'],
  ])('%s is what libvirt would read', (text, path) => {
    expect(openDomain(domain(ONE.replace('/a', text))).vhostUserInterfaces).toEqual([
      { path, mode: 'server', pinned: true },
    ]);
  });

  test.each([
    ['no path', "<source type='unix' mode='server'/>"],
    ['no mode', "<source type='unix' path='/a'/>"],
    ['another mode', "<source type='unix' path='/a' mode='bind'/>"],
    ['no source', ''],
  ])('%s is refused', (_, source) => {
    const xml = domain(`<interface type='vhostuser'>${source}</interface>`);
    expect(() => openDomain(xml).vhostUserInterfaces).toThrow(
      new InvalidInput({
        thing: 'domain XML',
        problem: 'a vhostuser interface has no path, or a mode other than server and client',
        remedy:
          "write <source type='unix' path='/run/vmlane/guests/GUEST/0.sock' mode='client'><reconnect enabled='yes' timeout='1'/></source>",
      }),
    );
  });
});

describe('domainName', () => {
  test('reads text, references, CDATA', () => {
    expect(openDomain(domain('')).name).toBe('web1');
    expect(openDomain('<domain><name>a&amp;<![CDATA[<b>]]><!-- c -->d</name></domain>').name).toBe(
      'a&<b>d',
    );
  });

  test.each(['<domain/>', '<domain><name/></domain>', '<domain><name> <b/></name></domain>'])(
    '%s has none',
    (xml) => {
      expect(() => openDomain(xml).name).toThrow(
        'domain XML: has no <name>; give the domain a name',
      );
    },
  );
});

const GIVE = 'give the XML of one libvirt domain, such as virsh dumpxml prints';
const DECLARED = 'domain XML: declares a document type or entities; remove the declaration';
const lol = '<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">';

describe('text that is not a domain', () => {
  test.each([
    ['an entity bomb', `<!DOCTYPE d [${lol}]><domain><name>&c;</name></domain>`, DECLARED],
    ['a file of the host', '<!DOCTYPE d SYSTEM "file:///etc/shadow"><domain/>', DECLARED],
    ['a document type in small letters', '<!doctype d><domain><name>a</name></domain>', DECLARED],
    [
      'an entity of nobody',
      '<domain><name>&x;</name></domain>',
      'domain XML: has an unknown reference "&x;"; write &amp; for &',
    ],
    [
      'an HTML entity',
      '<domain><name>&nbsp;</name></domain>',
      'domain XML: has an unknown reference "&nbsp;"; write &amp; for &',
    ],
    [
      'a NUL',
      '<domain><name>&#0;</name></domain>',
      'domain XML: has a reference to a character that is none in XML: "&#0;"; remove it',
    ],
    [
      'an open reference',
      '<domain><name a="&amp"/></domain>',
      'domain XML: has an unknown reference "&amp"; write &amp; for &',
    ],
    ['nothing', '', `domain XML: line 1: Start tag expected.; ${GIVE}`],
    ['half', '<domain>', `domain XML: line 1: Unclosed tag 'domain'.; ${GIVE}`],
    ['JSON', '{"name": "a"}', `domain XML: line 1: char '{' is not expected.; ${GIVE}`],
    [
      'a network',
      '<network><name>a</name></network>',
      `domain XML: holds <network> where <domain> should be; ${GIVE}`,
    ],
    [
      'two domains',
      '<domain/><domain/>',
      `domain XML: holds <domain>, <domain> where <domain> should be; ${GIVE}`,
    ],
    ['a comment', '<!-- a --><?b c?>', `domain XML: line 1: Start tag expected.; ${GIVE}`],
    [
      'a name that JavaScript keeps',
      '<domain><constructor/></domain>',
      'domain XML: [SECURITY] Invalid name: "constructor" is a reserved JavaScript keyword that could cause prototype pollution; ' +
        GIVE,
    ],
    [
      'a deep text',
      `<domain>${'<a>'.repeat(5000)}${'</a>'.repeat(5000)}</domain>`,
      `domain XML: Maximum nested tags exceeded; ${GIVE}`,
    ],
  ])('%s', (_, xml, message) => {
    expect(() => openDomain(xml).name).toThrow(InvalidInput);
    expect(() => openDomain(xml).name).toThrow(expect.objectContaining({ message }));
  });
});

test('a domain has its name, its UUID and the variables for the emulator', () => {
  const identity = (inner: string) => {
    const xml = `<domain xmlns:qemu="http://libvirt.org/schemas/domain/qemu/1.0"><name>a</name>${inner}</domain>`;
    const { name, uuid, variables } = openDomain(xml);
    return { name, uuid, variables };
  };
  expect(identity('')).toEqual({ name: 'a', uuid: undefined, variables: {} });
  const full = `<uuid> F0000000-0000-4000-8000-000000000003 </uuid><qemu:commandline>
    <qemu:arg value="-s"/><qemu:env name="A" value="b &amp; c"/><qemu:env name="EMPTY"/>
    </qemu:commandline>`;
  expect(identity(full)).toEqual({
    name: 'a',
    uuid: 'f0000000-0000-4000-8000-000000000003',
    variables: { A: 'b & c', EMPTY: '' },
  });
});
