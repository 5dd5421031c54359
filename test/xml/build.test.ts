import { expect, test } from 'vitest';
import { element, render } from '../../src/xml/build.js';
import { readDomain } from '../../src/xml/read.js';

test('indented, in the given order, without what is undefined', () => {
  const root = element('domain', { type: 'kvm', id: undefined }, [
    element('name', {}, 'web1'),
    element('devices', { b: 1, a: '' }, [element('q:empty')]),
  ]);
  expect(render(root)).toBe(`<domain type="kvm">
  <name>web1</name>
  <devices b="1" a="">
    <q:empty/>
  </devices>
</domain>
`);
});

test('whatever would end a text or an attribute is read as it was', () => {
  const text = `a < b & c > d "e" 'f' ]]> &amp; é 🐧\tg\nh`;
  const written = render(element('domain', { type: text }, [element('name', { q: text }, text)]));
  expect(readDomain(written)).toMatchObject({
    attributes: { type: text },
    children: [{ name: 'name', attributes: { q: text }, text }],
  });
});
