import { describe, expect, test } from 'vitest';
import { comparable } from '../../src/domain/change/comparable.js';
import { guestDigest, madeDigest, withMark } from '../../src/domain/change/mark.js';
import { openDomain } from '../../src/domain/domain.js';
import { type ApplyMark, completeDomain } from '../../src/domain/index.js';
import { identitiesByName } from '../../src/spec/index.js';

const MARK: ApplyMark = {
  ...{
    set: 'a "b" <c>\t&',
    folder: 'file://h/a%20b',
    digest: 'd1',
    guest: 'd2',
    generation: 7,
    made: '',
  },
};
const XML = `<!-- kept -->
<domain type='kvm'>
  <name>a</name>
  <devices>
    <interface type='bridge'>
      <source bridge='br0'/>
    </interface>
    <interface type='user'/>
    <interface type='bridge'><mac address='52:54:00:00:00:0A'/><source bridge='br1'/></interface>
  </devices>
</domain>
`;

describe('the mark', () => {
  test('is read as it was written, all else stays', () => {
    const marked = withMark(openDomain(XML), MARK);
    expect(openDomain(marked).mark).toEqual(MARK);
    expect(marked.replace(/\n {2}<metadata>.*<\/metadata>/s, '')).toBe(XML);
    const again = withMark(openDomain(marked), { ...MARK, set: 'other', made: 'd3' });
    expect(openDomain(again).mark).toMatchObject({ set: 'other', made: 'd3' });
    expect(again.match(/vmlane:apply /g)).toHaveLength(1);
    const nowhere = openDomain(marked.replace(/ folder="[^"]*"/, ''));
    expect(nowhere.mark).toEqual({ ...MARK, folder: '' });
  });

  test.each([
    ['none', XML],
    [
      'of another namespace',
      withMark(openDomain(XML), MARK).replace('urn:vmlane:apply:1', 'urn:x'),
    ],
    ['without a digest', withMark(openDomain(XML), MARK).replace(' digest="d1"', '')],
    [
      'without a number',
      withMark(openDomain(XML), MARK).replace('generation="7"', 'generation="x"'),
    ],
  ])('is none: %s', (_, xml) => {
    expect(openDomain(xml).mark).toBeUndefined();
  });

  test('made is of all but itself', () => {
    const one = madeDigest(openDomain(withMark(openDomain(XML), { ...MARK, made: 'x' })));
    expect(madeDigest(openDomain(withMark(openDomain(XML), { ...MARK, made: 'y' })))).toBe(one);
    expect(madeDigest(openDomain(withMark(openDomain(XML), { ...MARK, set: 'y' })))).not.toBe(one);
    expect(madeDigest(openDomain(withMark(openDomain(XML.replace('br0', 'br9')), MARK)))).not.toBe(
      one,
    );
    expect(madeDigest(openDomain(XML))).not.toBe(one);
  });

  test('a guest sees neither metadata nor blanks nor comments', () => {
    const one = guestDigest(openDomain(XML));
    const quoted = withMark(openDomain(XML), MARK).replace(/'/g, '"').replace('<!-- kept -->', '');
    expect(guestDigest(openDomain(quoted.replace(/\n\s*/g, '')))).toBe(one);
    expect(guestDigest(openDomain(XML.replace('br0', 'br9')))).not.toBe(one);
  });
});

describe('completeDomain', () => {
  test('gives UUID and MACs by name, and nothing twice', () => {
    const domain = completeDomain(openDomain(XML));
    const whole = domain.text;
    const mac = (i: number) => identitiesByName.mac('a', i);
    expect(whole).toContain(`<name>a</name>\n  <uuid>${identitiesByName.uuid('a')}</uuid>\n`);
    expect(whole).toContain(`bridge'>\n      <mac address="${mac(0)}"/>\n      <source`);
    expect(whole).toContain(`<interface type='user'><mac address="${mac(1)}"/></interface>`);
    expect(domain.nics.map((nic) => nic.mac)).toEqual([mac(0), mac(1), '52:54:00:00:00:0a']);
    expect(completeDomain(domain)).toBe(domain);
  });

  test('keeps what a definition has, for NICs of the same type', () => {
    const uuid = 'f0000000-0000-4000-8000-00000000000d';
    const present = `<domain><name>a</name><uuid>${uuid}</uuid><devices>
      <interface type='bridge'><mac address='52:54:00:00:00:01'/></interface>
      <interface type='network'><mac address='52:54:00:00:00:02'/></interface></devices></domain>`;
    const { text: whole } = completeDomain(
      openDomain(XML.replace('</name>', '</name><uuid/>')),
      openDomain(present),
    );
    expect(whole).toContain(`<name>a</name><uuid>${uuid}</uuid>\n`);
    const [first, second] = openDomain(whole).nics.map(({ mac }) => mac);
    expect([first, second]).toEqual(['52:54:00:00:00:01', identitiesByName.mac('a', 1)]);
  });

  test('does not take an address that another NIC of the text has', () => {
    const present =
      "<domain><name>a</name><devices><interface type='bridge'><mac address='52:54:00:00:00:0a'/></interface></devices></domain>";
    expect(completeDomain(openDomain(XML), openDomain(present)).nics[0]?.mac).toBe(
      identitiesByName.mac('a', 0),
    );
  });
});

describe('comparable', () => {
  // As libvirt 9.0 makes it of the text below.
  const definition = `<domain type='kvm' xmlns:qemu='http://x'><name>a</name><metadata>
    <vmlane:apply xmlns:vmlane='urn:vmlane:apply:1' set='x'/></metadata>
    <memory unit='KiB'>1048576</memory><currentMemory unit='KiB'>1048576</currentMemory>
    <vcpu placement='static'>2</vcpu>
    <os><type arch='x86_64' machine='pc-q35-7.2'>hvm</type></os>
    <on_poweroff>destroy</on_poweroff>
    <devices><emulator>/usr/bin/qemu</emulator>
      <controller type='pci' index='0' model='pcie-root'/><controller type='usb' index='0' model='none'/>
      <interface type='bridge'><mac address='52:54:00:00:00:01'/><source bridge='br0'/>
        <address type='pci' slot='0x01'/></interface>
      <graphics type='vnc' passwd='secret'/></devices></domain>`;
  const fresh = `<domain type="kvm" xmlns:qemu="http://x"><memory unit="GiB">1</memory><name>a</name>
    <vcpu>2</vcpu><os><type machine="q35">hvm</type></os>
    <devices><interface type="bridge"><source bridge="br0"/><mac address="52:54:00:00:00:01"/></interface>
    <controller type="usb" model="none"/><graphics passwd="secret" type="vnc"/></devices></domain>`;

  test('what libvirt fills in is no difference, and no password is shown', () => {
    const { before, after } = comparable(openDomain(definition), openDomain(fresh));
    expect(before).toBe(after);
    expect(before).not.toContain('secret');
  });

  test('nor is where a namespace is declared', () => {
    const own = (name: string, declared: string) =>
      openDomain(`<domain ${name}><name>a</name><qemu:override ${declared}/></domain>`);
    const declared = "xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'";
    const { before, after } = comparable(own(declared, ''), own('', declared));
    expect(before).toBe(after);
  });

  test.each([
    ['a NIC that goes', fresh.replace(/<interface.*interface>/, '')],
    ['an attribute that goes', fresh.replace(' bridge="br0"', '')],
    ['a size', fresh.replace('>1<', '>2<')],
    ['a unit', fresh.replace('GiB', 'MiB')],
    ['another machine', fresh.replace('q35', 'pc')],
    ['metadata that comes', fresh.replace('<name>', '<metadata><a/></metadata><name>')],
  ])('%s is one', (_, text) => {
    const { before, after } = comparable(openDomain(definition), openDomain(text));
    expect(before).not.toBe(after);
  });
});

describe('comparable, of firmware that libvirt has chosen', () => {
  const LOADER = '/usr/share/OVMF/OVMF_CODE_4M.fd';
  const VARIABLES = '/usr/share/OVMF/OVMF_VARS_4M.fd';
  /** As libvirt 11.3 makes it of AUTOMATIC. */
  const secure = `<domain><name>a</name><features><acpi/><smm state='on'/></features><os firmware='efi'><type>hvm</type>
    <firmware><feature enabled='yes' name='enrolled-keys'/><feature enabled='yes' name='secure-boot'/></firmware>
    <loader readonly='yes' secure='yes' type='pflash' format='raw'>${LOADER}</loader>
    <nvram template='${VARIABLES}' templateFormat='raw' format='raw'>/x/a_VARS.fd</nvram></os></domain>`;
  const AUTOMATIC =
    "<domain><name>a</name><features><acpi/></features><os firmware='efi'><type>hvm</type></os></domain>";
  /** As libvirt 11.3 makes it of NAMED. */
  const plain = `<domain><name>a</name><os firmware='efi'><type>hvm</type>
    <firmware><feature enabled='no' name='enrolled-keys'/><feature enabled='no' name='secure-boot'/></firmware>
    <loader readonly='yes' secure='no' type='pflash' format='raw'>${LOADER}</loader>
    <nvram template='${VARIABLES}' templateFormat='raw' format='raw'/></os></domain>`;
  const NAMED = `<domain><name>a</name><os><type>hvm</type><loader readonly='yes' secure='no' type='pflash'>${LOADER}</loader>
    <nvram template='${VARIABLES}'/></os></domain>`;

  test.each([
    ['chosen for firmware="efi"', secure, AUTOMATIC],
    ['chosen for a loader', plain, NAMED],
  ])('what was %s is no difference', (_, definition, fresh) => {
    const { before, after } = comparable(openDomain(definition), openDomain(fresh));
    expect(before).toBe(after);
  });

  test.each([
    ['BIOS instead', secure, AUTOMATIC.replace(" firmware='efi'", '')],
    ['BIOS instead of a loader', plain, NAMED.replace(/<loader.*\n.*nvram[^>]*>/, '')],
    ['another loader', plain, NAMED.replace('CODE_4M', 'CODE')],
    ['other variables', plain, NAMED.replace('VARS_4M', 'VARS')],
    ['a format', plain, NAMED.replace("'pflash'", "'pflash' format='qcow2'")],
    ['a mode switched off', secure.replace("'on'", "'off'"), AUTOMATIC],
    // libvirt 9.0 writes only what it was told, so these features were.
    ['features that go', secure.replace(/<loader.*nvram>/s, ''), AUTOMATIC],
  ])('%s is one', (_, definition, fresh) => {
    const { before, after } = comparable(openDomain(definition), openDomain(fresh));
    expect(before).not.toBe(after);
  });
});

test.each([
  ['', false],
  ["<os firmware='efi'/>", true],
  ["<os><loader type='pflash'>/x</loader></os>", true],
  ["<os><loader type='rom'>/x</loader></os>", false],
  ['<os><nvram/></os>', true],
])('UEFI variables in %j: %s', (os, has) => {
  expect(openDomain(`<domain><name>a</name>${os}</domain>`).hasNvram).toBe(has);
});
