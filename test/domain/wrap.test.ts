import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { unwrapDomain, wrapDomain } from '../../src/domain/change/wrap.js';
import { openDomain } from '../../src/domain/domain.js';

const WRAPPER = '/opt/vmlane/wrapper/qemu-wrap';
const QEMU = '/usr/bin/qemu-system-x86_64';
const KEPT = `<vmlane:wrap xmlns:vmlane="urn:vmlane:wrap:1" emulator="${QEMU}"/>`;

const domain = (devices: string, more = '') => `<domain type="kvm">
  <name>a</name>${more}
  <os>
    <type arch="x86_64" machine="q35">hvm</type>
  </os>
  <devices>${devices}
  </devices>
</domain>
`;
const emulator = (path: string) => `\n    <emulator>${path}</emulator>`;

/** Name, XML before, XML after. */
const CASES: [string, string, string][] = [
  [
    'an emulator is replaced, and kept',
    domain(emulator(QEMU)),
    domain(emulator(WRAPPER), `\n  <metadata>\n    ${KEPT}\n  </metadata>`),
  ],
  [
    'where there was none, that is kept',
    domain('\n    <disk/>'),
    domain(
      `${emulator(WRAPPER)}\n    <disk/>`,
      `\n  <metadata>\n    ${KEPT.replace(QEMU, '')}\n  </metadata>`,
    ),
  ],
  [
    'metadata of others stays',
    domain(emulator(QEMU), '\n  <metadata>\n    <o:x xmlns:o="urn:o"><o:y/></o:x>\n  </metadata>'),
    domain(
      emulator(WRAPPER),
      `\n  <metadata>\n    ${KEPT}\n    <o:x xmlns:o="urn:o"><o:y/></o:x>\n  </metadata>`,
    ),
  ],
];

describe.each(CASES)('%s', (_, before, after) => {
  test('there', () => {
    const change = wrapDomain(openDomain(before), WRAPPER);
    expect(change.before).toBe(before);
    expect(change.after).toBe(after);
    expect(change.architecture).toBe('x86_64');
  });

  test('and back', () => {
    expect(unwrapDomain(openDomain(after)).after).toBe(before);
  });

  test('twice is once', () => {
    const change = wrapDomain(openDomain(after), WRAPPER);
    expect(change.after).toBe(change.before);
    const back = unwrapDomain(openDomain(before));
    expect(back.after).toBe(back.before);
  });

  test('another wrapper takes its place and what was before stays known', () => {
    const moved = wrapDomain(openDomain(after), '/usr/local/bin/qemu-wrap-x86_64').after;
    expect(moved).toContain('<emulator>/usr/local/bin/qemu-wrap-x86_64</emulator>');
    expect(unwrapDomain(openDomain(moved)).after).toBe(before);
  });
});

test.each(['bridge', 'demo', 'network', 'server', 'uefi'])('all else of %s.xml stays', (name) => {
  const xml = readFileSync(join(import.meta.dirname, `../data/domain/${name}.xml`), 'utf8');
  const { before, after } = wrapDomain(openDomain(xml), WRAPPER);
  expect(before).toBe(xml);
  expect(unwrapDomain(openDomain(after)).after).toBe(before);
});

test.each([
  ['CRLF', (xml: string) => xml.replaceAll('\n', '\r\n')],
  ['one line', (xml: string) => xml.replace(/>\s+</g, '><')],
  ['single quotes', (xml: string) => xml.replaceAll('"', "'")],
])('every byte comes back: %s', (_, style) => {
  const xml = style(domain(emulator(QEMU)));
  expect(unwrapDomain(openDomain(wrapDomain(openDomain(xml), WRAPPER).after)).after).toBe(xml);
});

test('what XML can hold is kept: comments, references, blanks, CDATA, a head', () => {
  const odd = `<?xml version="1.0"?>\n<!-- a -->\n<domain xmlns:qemu="urn:q" type="kvm">
  <name>a&amp;b</name>
  <title> t &lt; &#x41; </title>
  <description><![CDATA[ <x> ]]></description>
  <devices>
    <!-- b --><emulator>/opt/a&amp;b</emulator><disk a="&quot;'"/>
  </devices>
  <qemu:commandline><qemu:arg value="-s"/></qemu:commandline>
</domain>
`;
  const { before, after, original } = wrapDomain(openDomain(odd), "/opt/<'&>");
  expect(original).toBe('/opt/a&b');
  expect(before).toBe(odd);
  const lines = (xml: string) => xml.split('\n').filter((line) => !/emulator|metadata/.test(line));
  expect(lines(after)).toEqual(lines(before));
  expect(unwrapDomain(openDomain(after)).after.replace('&#38;', '&amp;')).toBe(before);
});

describe('refuses', () => {
  test('to guess what was before a wrapper that was put there by hand', () => {
    expect(() => unwrapDomain(openDomain(domain(emulator(WRAPPER))))).toThrow(
      `domain a: its emulator is ${WRAPPER}, and the former one is unknown; set <emulator> to QEMU with 'virsh edit'`,
    );
  });

  test.each(['<network/>', 'x', '<!DOCTYPE a><domain/>'])('%s', (xml) => {
    expect(() => wrapDomain(openDomain(xml), WRAPPER)).toThrow(/^domain XML: /);
  });
});
