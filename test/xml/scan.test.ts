import fc from 'fast-check';
import { expect, test } from 'vitest';
import { InvalidInput } from '../../src/values/errors.js';
import type { Element } from '../../src/xml/element.js';
import { readByLibrary, readDomain } from '../../src/xml/read.js';
import { type Placed, scan } from '../../src/xml/scan.js';
import { NO_CHARACTER } from '../../src/xml/text.js';
import { domains } from '../domain/convert/arbitraries.js';
import { names, STYLES, xmlOf } from '../domain/convert/cases.js';

const whole = names.filter((name) => !name.includes('two-documents'));

test.each(whole)('%s is read as fast-xml-parser reads it', (name) => {
  for (const [, style] of STYLES) {
    // XML's line end is \n (XML 1.0, 2.11); places need the text as it is.
    const xml = style(xmlOf(name)).replace(/\r\n?/g, '\n');
    expect(plain(scan(xml))).toEqual(plain(readByLibrary(xml, 'domain')));
  }
});

test('so is any domain', () => {
  fc.assert(
    fc.property(domains, (text) => {
      const xml = text.replace(/\r\n?/g, '\n');
      expect(plain(scan(xml))).toEqual(plain(readByLibrary(xml, 'domain')));
    }),
  );
});

/** What may make one reader accept a text that the other refuses, or read it otherwise. */
const PIECES = [
  ...[
    '<',
    '>',
    '/',
    '"',
    "'",
    '&',
    '=',
    ' ',
    '\n',
    '\r',
    '&amp;',
    '&#10;',
    '\f',
    '[',
    ']]>',
    '--',
    '\ufeff',
  ],
  ...[
    '<!--x-->',
    '<![CDATA[a<b]]>',
    '<?pi x?>',
    '<?xml version="1.0"?>',
    '<a>',
    '</a>',
    '<a/>',
    'a="1"',
  ],
  ...[
    '<toString/>',
    ' valueOf="1"',
    '<__proto__/>',
    ' __proto__="1"',
    '<constructor a=""/>',
    '<prototype/>',
  ],
  ...[
    '<hasOwnProperty/>',
    ' __defineGetter__="1"',
    '<é/>',
    '<\u{10000}/>',
    '<b\u0300/>',
    '<1/>',
    '<:a/>',
    '<a:/>',
  ],
  ...[
    '< a>',
    '</ a>',
    '</a >',
    " a='\"'",
    ' xmlns="x"',
    '·',
    '\u0085',
    '<#text/>',
    ' #text="1"',
    '<a.b-c/>',
  ],
];
const change = fc.record({
  at: fc.nat(1000),
  without: fc.nat(2),
  piece: fc.constantFrom('', ...PIECES),
});
const short = '<domain type="kvm">\n <name>a</name><x y="1">t<z/>u</x></domain>';

test('a text that somebody broke is read, or refused, as fast-xml-parser does', () => {
  const answer = (read: () => Element) => {
    try {
      return plain(read());
    } catch (error) {
      if (error instanceof InvalidInput) return error.message;
      throw error;
    }
  };
  const broken = fc.tuple(
    fc.oneof(domains, fc.constant(short)),
    fc.array(change, { maxLength: 3 }),
  );
  fc.assert(
    fc.property(broken, ([text, changes]) => {
      const xml = changes.reduce((now, { at, without, piece }) => {
        const from = at % (now.length + 1);
        return now.slice(0, from) + piece + now.slice(from + without);
      }, text);
      // These are checked before either reader sees the text.
      fc.pre(!NO_CHARACTER.test(xml) && !xml.includes('encoding'));
      expect(answer(() => readDomain(xml))).toEqual(answer(() => readByLibrary(xml, 'domain')));
    }),
    { numRuns: 3000 },
  );
});

test.each([`<?xml version="1.0"'?>${short}`, `<?xml '?>${short}`, `<?xml version='1.0"?>${short}`])(
  '%s is refused, as the library does',
  (xml) => {
    expect(() => readByLibrary(xml, 'domain')).toThrow(InvalidInput);
    expect(() => readDomain(xml)).toThrow(InvalidInput);
  },
);

test('places are those of the text', () => {
  fc.assert(
    fc.property(domains, (xml) => {
      for (const one of all(scan(xml))) {
        const { name, start, end, inner, places } = one;
        expect(xml.slice(start).startsWith(`<${name}`)).toBe(true);
        expect(xml.slice(0, end)).toMatch(inner ? new RegExp(`</${name}\\s*>$`) : /\/>$/);
        if (inner) expect([xml[inner.start - 1], xml[inner.end]]).toEqual(['>', '<']);
        for (const [key, { start: at, raw }] of places) {
          expect(xml.slice(at).trimStart().startsWith(key)).toBe(true);
          expect(xml[raw.start - 1]).toBe(xml[raw.end]);
          expect('\'"').toContain(xml[raw.end]);
        }
      }
    }),
  );
});

/** Text, and what is wrong with it. */
const BAD: [string, string][] = [
  ['', 'line 1: holds no element'],
  ['<a>', 'line 1: <a> does not end'],
  ['<a>\n</b>', 'line 2: an end tag that nothing began'],
  ['</a>', 'line 1: an end tag that nothing began'],
  ['<a/><a/>', 'line 1: more than one outermost element'],
  ['<a/>x', 'line 1: text outside of the domain'],
  ['x<a/>', 'line 1: text outside of the domain'],
  ['\ufeff\ufeff<a/>', 'line 1: text outside of the domain'],
  ['<![CDATA[]]><a/>', 'line 1: CDATA outside of the domain'],
  ['<a><![CDATA[ ]></a>', 'line 1: a comment, CDATA or instruction does not end well'],
  ['<a><!-- -- --></a>', 'line 1: a comment, CDATA or instruction does not end well'],
  ['<a><!-- --->\n</a>', 'line 1: a comment, CDATA or instruction does not end well'],
  ['<a><? ></a>', 'line 1: a comment, CDATA or instruction does not end well'],
  ['<a b="1" b="2"/>', 'line 1: <a> has b twice'],
  ['<a b=1/>', 'line 1: the start tag of <a> is broken'],
  ['<a b="<"/>', 'line 1: the start tag of <a> is broken'],
  ['<a b="1"c="2"/>', 'line 1: the start tag of <a> is broken'],
  ['<a b/>', 'line 1: the start tag of <a> is broken'],
  ['<a / >', 'line 1: the start tag of <a> is broken'],
  ['< a/>', 'line 1: a < that begins no tag'],
  ['<a>\n<1/></a>', 'line 2: a < that begins no tag'],
  ['<a>]]></a>', 'line 1: ]]> in a text'],
  ['<a>&b;</a>', 'has an unknown reference "&b;"'],
  ['<a b="&b;"/>', 'has an unknown reference "&b;"'],
  ['<a>\n\u0001</a>', 'line 2: holds a control character'],
  ['<a>'.repeat(300), 'line 1: nested deeper than 256 elements'],
];

test.each(BAD)('%j is refused', (xml, problem) => {
  expect(() => scan(xml)).toThrow(`domain XML: ${problem}; `);
});

test('a long text takes no long time', () => {
  for (const piece of [' a="', ' ', '<', '<!-', '&', ' a="1"', '<a ']) {
    const began = process.cpuUsage();
    expect(() => scan(`<a${piece.repeat((1024 * 1024) / piece.length)}`)).toThrow();
    // Of this process's own time: a busy machine takes none of it.
    expect(process.cpuUsage(began).user).toBeLessThan(5_000_000);
  }
});

function* all(element: Placed): Generator<Placed> {
  yield element;
  for (const child of element.children) yield* all(child);
}

function plain({ name, attributes, children, text }: Element): unknown {
  return [name, Object.entries(attributes), text, children.map(plain)];
}

test.each(['&#1;', '&#x0;', '&#xD800;', '&#xDFFF;', '&#xFFFE;', '\ud800', '\u0001', '\uffff'])(
  'a text with %j is refused by both readers: libxml2 does, too',
  (text) => {
    const xml = `<domain><name>a${text}</name></domain>`;
    expect(() => readDomain(xml)).toThrow(/character/);
    expect(() => scan(xml)).toThrow(/character/);
  },
);

test.each(['&#9;', '&#x1F600;', '&#xFFFD;', '\u{1f600}', '\u0085'])('%j is a character', (text) => {
  const xml = `<domain><name>a${text}</name></domain>`;
  expect(scan(xml)).toMatchObject(readDomain(xml));
});

test('both readers take 256 levels, and not one more', () => {
  const nested = (levels: number) => {
    return `<domain>${'<a>'.repeat(levels - 1)}${'</a>'.repeat(levels - 1)}</domain>`;
  };
  for (const read of [readDomain, scan]) {
    expect(() => read(nested(256))).not.toThrow();
    expect(() => read(nested(257))).toThrow(/nested/);
  }
});
