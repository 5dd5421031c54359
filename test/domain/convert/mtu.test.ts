import { expect, test } from 'vitest';
import { openDomain } from '../../../src/domain/domain.js';
import { convertDomain, revertDomain } from '../../../src/domain/index.js';
import { mtuOf } from '../../../src/domain/read/mtus.js';
import { QEMU } from '../../../src/domain/read/override.js';

const OURS = 'ua-vmlane-525400000001';
const TAP = `<interface type='bridge'>
      <mac address='52:54:00:00:00:01'/>
      <source bridge='br0'/>
      <model type='virtio'/>
      <mtu size='1400'/>
    </interface>`;
const ON_SWITCH = TAP.replace('bridge', 'vhostuser').replace(
  "<source bridge='br0'/>",
  "<source type='unix' path='/run/x.sock' mode='server'/>",
);

/** A domain with these NICs, and behind its devices what else there is. */
function domain(nics: string, rest = '', attributes = ''): string {
  return `<domain type='kvm'${attributes}>
  <name>a</name>
  <memory unit='MiB'>512</memory>
  <devices>
    ${nics}
  </devices>${rest}
</domain>
`;
}

function override(alias: string, properties: string, prefix = 'qemu'): string {
  return `
  <${prefix}:override>
    <${prefix}:device alias='${alias}'>
      <${prefix}:frontend>${properties}</${prefix}:frontend>
    </${prefix}:device>
  </${prefix}:override>`;
}

const converted = (xml: string) => convertDomain(openDomain(xml));
const reverted = (xml: string) => revertDomain(openDomain(xml)).xml;
const mtusOf = (xml: string) => openDomain(xml).nics.map(mtuOf);
/** As libvirt writes it. */
const WITH_NAMESPACE = ` xmlns:qemu='${QEMU}'`;

test('a NIC that is on the switch with an MTU of its own is mended, and stays so', () => {
  const xml = domain(ON_SWITCH);
  const { xml: after, nics, mended } = converted(xml);
  expect(nics).toEqual([]);
  expect(mended).toEqual([{ index: 0, mac: '52:54:00:00:00:01', mtu: 1400 }]);
  expect(after).not.toContain('<mtu');
  expect(after).toContain(`<alias name='${OURS}'/>`);
  expect(mtusOf(after)).toEqual(['1400']);
  expect(converted(after)).toMatchObject({ xml: after, mended: [] });
  expect(reverted(after)).toBe(after);
});

test('so is one that was converted with its MTU, and the way back is the same', () => {
  const xml = domain(TAP);
  const before = converted(xml).xml.replace(/\s*<qemu:override.*<\/qemu:override>/s, '');
  const older = before.replace(`<alias name='${OURS}'/>`, "<mtu size='1400'/>");
  const { xml: after, mended } = converted(older);
  expect(mended.length).toBe(1);
  expect(reverted(after)).toBe(xml);
});

test('what somebody else has set stays: other devices, other properties, an MTU of his own', () => {
  const nic = TAP.replace('<mtu', "<alias name='ua-x'/><mtu");
  for (const prefix of ['qemu', 'q']) {
    const namespace = ` xmlns:${prefix}='${QEMU}'`;
    const other = `<${prefix}:property name='rss' type='bool' value='true'/>`;
    for (const alias of ['ua-x', 'ua-disk']) {
      const xml = domain(nic, override(alias, other, prefix), namespace);
      const { xml: after } = converted(xml);
      expect(after).toContain(`<${prefix}:property name="host_mtu"`);
      expect(after.match(/:override>/g)?.length).toBe(2);
      expect(mtusOf(after)).toEqual(['1400']);
      expect(reverted(after)).toBe(xml);
    }
    const own = `<${prefix}:property name='host_mtu' type='unsigned' value='1300'/>`;
    const xml = domain(nic, override('ua-x', own, prefix), namespace);
    const { xml: after } = converted(xml);
    expect(mtusOf(after)).toEqual(['1300']);
    expect(after).not.toContain('<mtu');
    expect(reverted(after)).toBe(xml);
  }
});

test('as libvirt writes it, it goes back, and what was added to it stays', () => {
  const { xml: after } = converted(domain(TAP));
  const written = after
    .replace(` xmlns:qemu="${QEMU}"`, '')
    .replace("<domain type='kvm'", `$&${WITH_NAMESPACE}`)
    .replace('value="1400"', "value='1300'");
  expect(reverted(written)).toBe(domain(TAP, '', WITH_NAMESPACE));
  const more = "<qemu:property name='rss' type='bool' value='true'/>";
  const back = reverted(written.replace('</qemu:frontend>', `${more}$&`));
  expect(back).toContain(more);
  expect(back).not.toContain('host_mtu');
});

test('an alias that libvirt would not keep is replaced, and none is given twice', () => {
  const nic = TAP.replace('<mtu', "<alias name='net0'/><mtu");
  const { xml: after } = converted(domain(`${nic}${TAP}`));
  expect(openDomain(after).nics.map(({ alias }) => alias)).toEqual([OURS, `${OURS}-2`]);
  expect(mtusOf(after)).toEqual(['1400', '1400']);
});

test('0 is no MTU, and a text is for libvirt to refuse', () => {
  for (const size of ['0', 'jumbo'])
    expect(converted(domain(TAP.replace('1400', size))).xml).not.toContain('override');
});

test('a NIC whose MTU is set past libvirt does not become a VF, which has none', () => {
  const nic = TAP.replace(/<mtu.*\/>/, "<alias name='ua-x'/>");
  const own = "<qemu:property name='host_mtu' type='unsigned' value='1300'/>";
  const xml = domain(nic, override('ua-x', own), WITH_NAMESPACE);
  const convert = () => convertDomain(openDomain(xml), { nics: ['0'], vfs: ['0000:3b:02.1'] });
  expect(convert).toThrow('<qemu:override> sets the MTU of ua-x, which no VF has');
});

test("what names a NIC by libvirt's count keeps the others from an alias, by which it would be counted otherwise", () => {
  const rss = "<qemu:property name='rss' type='bool' value='true'/>";
  const commandline =
    "\n  <qemu:commandline><qemu:arg value='-set'/><qemu:arg value='device.net1.rss=on'/></qemu:commandline>";
  for (const more of [override('net0', rss), commandline]) {
    const xml = domain(`${TAP}${TAP.replace(/<mtu.*\/>/, '')}`, more, WITH_NAMESPACE);
    const { nics, stays } = converted(xml);
    expect(nics.map(({ index }) => index)).toEqual([1]);
    expect(stays).toMatchObject([
      { index: 0, problem: expect.stringMatching(/its MTU needs an alias, and "[^"]*net[01]/) },
    ]);
    const native = domain(ON_SWITCH, more, WITH_NAMESPACE);
    expect(converted(native)).toMatchObject({ xml: native, mended: [] });
  }
});

test('an MTU that is taken away past libvirt is none, and of several the last counts', () => {
  const nic = TAP.replace('<mtu', "<alias name='ua-x'/><mtu");
  const gone = "<qemu:property name='host_mtu' type='remove'/>";
  const set = "<qemu:property name='host_mtu' type='unsigned' value='1300'/>";
  for (const [properties, mtu] of [
    [gone, '0'],
    [`${gone}${set}`, '1300'],
    [`${set}${gone}`, '0'],
  ] as const) {
    const { xml: after } = converted(domain(nic, override('ua-x', properties), WITH_NAMESPACE));
    expect(after).toContain(properties);
    expect(after).not.toContain('<mtu');
    expect(mtusOf(after)).toEqual([mtu]);
  }
});

test('an alias that is empty, or that libvirt would drop, is replaced', () => {
  for (const alias of ['', 'ua-a.b', 'ua-']) {
    const { xml: after } = converted(domain(TAP.replace('<mtu', `<alias name='${alias}'/><mtu`)));
    expect(openDomain(after).nics.map((one) => one.alias)).toEqual([OURS]);
    expect(mtusOf(after)).toEqual(['1400']);
  }
});

test('with NICs that are named, others are left as they are', () => {
  const xml = domain(`${TAP}${ON_SWITCH.replace('00:01', '00:02')}`);
  const { xml: after, mended } = convertDomain(openDomain(xml), { nics: ['0'] });
  expect(mended).toEqual([]);
  expect(after.match(/<mtu/g)?.length).toBe(1);
});

test('two NICs of one alias, which libvirt refuses, do not end it', () => {
  const nic = TAP.replace('<mtu', "<alias name='ua-x'/><mtu");
  const other = override('ua-x', "<qemu:property name='rss' type='bool' value='true'/>");
  const { xml: after } = converted(domain(`${nic}${nic}`, other, WITH_NAMESPACE));
  expect(openDomain(after).nics.map(({ alias }) => alias)).toEqual(['ua-x', OURS]);
  expect(mtusOf(after)).toEqual(['1400', '1400']);
});
