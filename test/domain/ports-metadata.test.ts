import fc from 'fast-check';
import { expect, test } from 'vitest';
import { openDomain } from '../../src/domain/domain.js';
import { keepPortSettings } from '../../src/domain/index.js';

const nic = (path: string) =>
  `<interface type='vhostuser'><source type='unix' path='${path}' mode='server'/></interface>`;
const XML = [
  "<domain type='kvm'>",
  '  <name>a</name>',
  '  <!-- ours -->',
  `  <devices>${nic('/a')}${nic('/b')}</devices>`,
  '</domain>',
].join('\n');

test('settings come, change and go, each by itself, and leave no trace', () => {
  const one = keepPortSettings(openDomain(XML), '/a', { vlan: 7 });
  const two = keepPortSettings(openDomain(one), '/b', {
    vlan: 8,
    pinned: true,
    addressLimit: 2,
    floodLimit: 9,
  });
  const settings = { vlan: 8, pinned: true, addressLimit: 2, floodLimit: 9 };
  expect(openDomain(two).vhostUserInterfaces).toMatchObject([{ path: '/a', vlan: 7 }, settings]);
  const changed = keepPortSettings(openDomain(two), '/a', { vlan: 70 });
  expect(openDomain(changed).vhostUserInterfaces).toMatchObject([{ vlan: 70 }, settings]);
  expect(changed).toContain('\n  <!-- ours -->\n');
  const less = keepPortSettings(openDomain(changed), '/b', {});
  expect(openDomain(less).vhostUserInterfaces).toEqual([
    { path: '/a', mode: 'server', vlan: 70, pinned: true },
    { path: '/b', mode: 'server', pinned: true },
  ]);
  expect(keepPortSettings(openDomain(less), '/a', {})).toBe(XML);
  expect(keepPortSettings(openDomain(XML), '/a', {})).toBe(XML);
});

test("others' metadata stays", () => {
  const other = XML.replace('<name>', "<metadata><o:x xmlns:o='urn:o'/></metadata><name>");
  const kept = keepPortSettings(openDomain(other), '/a', { vlan: 1 });
  expect(kept).toContain("<o:x xmlns:o='urn:o'/>");
  expect(keepPortSettings(openDomain(kept), '/a', {})).toContain("<o:x xmlns:o='urn:o'/>");
  const bare = XML.replace(
    '<name>',
    "<metadata><vmlane:ports xmlns:vmlane='urn:vmlane:ports:1'/></metadata><name>",
  );
  expect(
    openDomain(keepPortSettings(openDomain(bare), '/b', { vlan: 3 })).vhostUserInterfaces[1],
  ).toMatchObject({
    vlan: 3,
  });
});

test('any path comes back', () => {
  const path = fc
    .string({ minLength: 1, maxLength: 20, unit: 'grapheme' })
    .map((text) => `/${text}`);
  const clean = path.filter((text) => !/[\p{Cc}\ufffe\uffff]/u.test(text));
  fc.assert(
    fc.property(clean, fc.integer({ min: 1, max: 4094 }), (text, vlan) => {
      const escaped = text.replace(/[&<>'"]/g, (c) => `&#${c.codePointAt(0)};`);
      const xml = `<domain><name>a</name><devices>${nic(escaped)}</devices></domain>`;
      expect(
        openDomain(keepPortSettings(openDomain(xml), text, { vlan })).vhostUserInterfaces,
      ).toMatchObject([{ path: text, vlan }]);
    }),
  );
});
