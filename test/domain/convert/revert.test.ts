import { expect, test } from 'vitest';
import { openDomain } from '../../../src/domain/domain.js';
import { convertDomain, revertDomain } from '../../../src/domain/index.js';
import { xmlOf } from './cases.js';

const XML = xmlOf('chosen');
const AFTER = convertDomain(openDomain(XML)).xml;

test('a domain that was not converted stays as it is', () => {
  expect(revertDomain(openDomain(XML))).toEqual({
    name: 'my guest',
    relays: [],
    xml: XML,
    paths: [],
    notes: [],
  });
});

test('a NIC that somebody took out is not given back', () => {
  const [, path = ''] = /path='([^']*)' mode/.exec(AFTER) ?? [];
  const without = AFTER.replace(/\s*<interface type='vhostuser'>.*?<\/interface>/s, '');
  const { xml, notes } = revertDomain(openDomain(without));
  expect(notes).toEqual([`the NIC at ${path} is gone and is not given back`]);
  expect(xml).toBe(XML.replace(/\s*<interface type='network'>.*?<\/interface>/s, ''));
});

test("a record whose namespace is declared further out is found, another's element is not", () => {
  const declared = / xmlns:vmlane="[^"]*"/;
  const [text = ''] = declared.exec(AFTER) ?? [];
  const outer = AFTER.replace(declared, '').replace('<domain', `<domain${text}`);
  expect(revertDomain(openDomain(outer)).xml).toBe(XML.replace('<domain', `<domain${text}`));
  const foreign = AFTER.replace(declared, ' xmlns:vmlane="urn:other"');
  expect(revertDomain(openDomain(foreign)).xml).toBe(foreign);
});

test('memory that somebody changed stays', () => {
  const changed = AFTER.replace("<source type='memfd'/>", '<hugepages/>');
  const { xml, notes } = revertDomain(openDomain(changed));
  expect(notes).toEqual(['<memoryBacking> was changed since, and stays']);
  expect(xml).toContain('<hugepages/>');
  expect(xml).not.toContain('vhostuser');
});

test('metadata that somebody added stays', () => {
  const other = "<o:x xmlns:o='urn:o'/>";
  const { xml } = revertDomain(openDomain(AFTER.replace('</metadata>', `${other}</metadata>`)));
  expect(xml.replace(/\s*<metadata>\s*<o:x xmlns:o='urn:o'\/><\/metadata>/, '')).toBe(XML);
  expect(xml).toContain(other);
});

test('after a record was taken out by hand, a new one knows only what is converted then', () => {
  const [first] = convertDomain(openDomain(XML), { nics: ['0'] }).nics;
  const forgotten = convertDomain(openDomain(XML), { nics: ['0'] }).xml.replace(
    /\s*<metadata>.*<\/metadata>/s,
    '',
  );
  const { xml, nics } = convertDomain(openDomain(forgotten));
  expect(nics.map(({ index }) => index)).toEqual([1, 3]);
  expect(revertDomain(openDomain(xml)).xml).toBe(forgotten);
  expect(forgotten).toContain(first?.path?.replace('&', '&#38;'));
});

test('a socket that another NIC has is not given twice', () => {
  const taken = XML.replace(
    "<interface type='hostdev'",
    "<interface type='vhostuser'><source type='unix' path='/run/vmlane/guests/x/0.sock' mode='server'/></interface>$&",
  ).replace('my guest', 'x');
  expect(convertDomain(openDomain(taken)).nics.map(({ path }) => path)).toEqual([
    '/run/vmlane/guests/x/1.sock',
    '/run/vmlane/guests/x/2.sock',
    '/run/vmlane/guests/x/4.sock',
  ]);
});

test('a guest of many NICs', () => {
  const nic = /\s*<interface type='bridge'>.*?<\/interface>/s.exec(XML)?.[0] ?? '';
  const many = XML.replace('</devices>', `${nic.repeat(200)}</devices>`);
  const { xml, nics } = convertDomain(openDomain(many));
  expect(nics.length).toBe(203);
  expect(revertDomain(openDomain(xml)).xml).toBe(many);
});
