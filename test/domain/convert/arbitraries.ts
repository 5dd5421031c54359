import fc from 'fast-check';
import { QEMU } from '../../../src/domain/read/override.js';

// Blanks, comments and instructions that may stand between elements.
const gap = fc
  .array(
    fc.constantFrom(
      ...['', '', ' ', '\n', '\n  ', '\n\t', '\r\n    ', '\r', '\n\n'],
      ...['<!-- c -->', '<!-- <interface type="network"/> ]]> -->', '<?x y?>'],
    ),
    { maxLength: 3 },
  )
  .map((parts) => parts.join(''));
const blank = fc.constantFrom('', ' ', '\n  ', '\t');
const blanks = fc.constantFrom(' ', '  ', '\n   ', '\t', '\r\n ');

type Pair = [name: string, value: string];

/** An element with attributes in any order and quotes, one tag or two. */
function element(
  name: string,
  attributes: fc.Arbitrary<Pair[]>,
  children: fc.Arbitrary<string[]> = fc.constant([]),
): fc.Arbitrary<string> {
  const pairs = attributes.chain((all) => fc.shuffledSubarray(all, { minLength: all.length }));
  const attribute = fc.tuple(blanks, blank, blank, fc.constantFrom('"', "'"));
  const filler = fc.array(gap, { minLength: 40, maxLength: 40 });
  const styles = fc.array(attribute, { minLength: 8, maxLength: 8 });
  return fc
    .tuple(pairs, children, styles, filler, blank, fc.boolean())
    .map(([list, inside, style, gaps, end, short]) => {
      const written = list.map(([key, value], i) => {
        const [before, left, right, quote] = style[i % 8] ?? [' ', '', '', "'"];
        return `${before}${key}${left}=${right}${quote}${value}${quote}`;
      });
      const open = `<${name}${written.join('')}${end}`;
      if (inside.length === 0 && short) return `${open}/>`;
      const content = inside.map((child, i) => gaps[i % 40] + child).join('') + (gaps[39] ?? '');
      return `${open}>${content}</${name}${end}>`;
    });
}

const pairs = (...all: Pair[]) => fc.constant(all);
const some = (...all: fc.Arbitrary<string>[]) =>
  fc
    .tuple(...all.map((one) => fc.option(one, { nil: undefined })))
    .map((given) => given.filter((one) => one !== undefined))
    .chain((given) => fc.shuffledSubarray(given, { minLength: given.length }));
const alone = (name: string, ...all: Pair[]) => element(name, pairs(...all));
const odd = alone('o:odd', ['xmlns:o', 'urn:o'], ['a', '&lt;&#x26;é😀']);
const text = fc.constantFrom(
  '<![CDATA[<interface type="network"/>]]>',
  '<o:x xmlns:o="urn:o">&amp;amp; ]]&gt;</o:x>',
);

const nic = fc.integer({ min: 0, max: 255 }).chain((n) => {
  const mac = alone('mac', ['address', `52:54:00:00:00:${n.toString(16).padStart(2, '0')}`]);
  const model = fc
    .constantFrom('virtio', 'virtio', 'virtio-transitional', 'e1000')
    .chain((type) => alone('model', ['type', type]));
  const driver = element(
    'driver',
    fc.subarray<Pair>([
      ['queues', '2'],
      ['rx_queue_size', '512'],
      ['rss', 'on'],
      ['iommu', 'on'],
    ]),
    some(alone('host', ['csum', 'off'])),
  );
  const inside = some(
    mac,
    model,
    model,
    driver,
    odd,
    text,
    alone('source', ['network', 'a&amp;b']),
    alone('target', ['dev', 'tap0'], ['managed', 'no']),
    element('vlan', pairs(), fc.tuple(alone('tag', ['id', '7']))),
    alone('script', ['path', '/x']),
    alone('link', ['state', 'up']),
    fc.constantFrom('1400', '9000', 'x').chain((size) => alone('mtu', ['size', size])),
    // Most NICs have one.
    fc.constantFrom('1400', '9000').chain((size) => alone('mtu', ['size', size])),
    fc.constantFrom('1400', '9000').chain((size) => alone('mtu', ['size', size])),
    fc.constantFrom('ua-x', 'net0').chain((name) => alone('alias', ['name', name])),
  );
  return fc
    .constantFrom('network', 'bridge', 'direct', 'user', 'hostdev')
    .chain((type) => element('interface', pairs(['type', type]), inside));
});

const access = fc.constantFrom<Pair[][]>([], [['memAccess', 'private']], [['memAccess', 'shared']]);
const cell = access.chain((more) => alone('cell', ['id', '0'], ['memory', '1'], ...more));
const backing = element(
  'memoryBacking',
  pairs(),
  some(
    fc.constantFrom('file', 'memfd', 'anonymous').chain((type) => alone('source', ['type', type])),
    fc.constantFrom('private', 'shared').chain((mode) => alone('access', ['mode', mode])),
    alone('hugepages'),
    alone('nosharepages'),
    odd,
  ),
);
const devices = element(
  'devices',
  pairs(),
  fc
    .tuple(
      fc.array(nic, { maxLength: 4 }),
      some(
        odd,
        text,
        alone('memory', ['model', 'dimm'], ['access', 'private']),
        alone('disk', ['type', 'file']),
      ),
    )
    .map((lists) => lists.flat()),
);
const cpu = element(
  'cpu',
  pairs(),
  fc.tuple(element('numa', pairs(), fc.array(cell, { maxLength: 3 }))),
);

/** What a domain sets of a NIC past libvirt, perhaps of one of those above. */
const override = fc.constantFrom('q:', 'o:').chain((prefix) => {
  const property = alone(`${prefix}property`, ['name', 'x'], ['type', 'unsigned'], ['value', '1']);
  const front = element(`${prefix}frontend`, pairs(), fc.tuple(property));
  const device = fc
    .constantFrom('ua-x', 'ua-y')
    .chain((alias) => element(`${prefix}device`, pairs(['alias', alias]), fc.tuple(front)));
  return element(
    `${prefix}override`,
    pairs([`xmlns:${prefix.slice(0, -1)}`, QEMU]),
    fc.tuple(device),
  );
});

/** Domains with what convert looks at, in any order and style; not all of them would please libvirt. */
export const domains: fc.Arbitrary<string> = fc
  .tuple(
    fc.constantFrom('', '\ufeff', "<?xml version='1.0' encoding='utf-8'?>\n", '<!-- x -->'),
    element(
      'domain',
      pairs(['type', 'kvm'], ['xmlns:q', 'urn:q']),
      fc
        .tuple(
          some(
            element('metadata', pairs(), some(odd)),
            element('memory', pairs(['unit', 'KiB'])),
            backing,
            cpu,
            devices,
            override,
            odd,
            text,
          ),
          fc.constantFrom('<name>a</name>', '<name>a b</name\n>', '<name>&#x61;</name>'),
          fc.nat(7),
        )
        .map(([all, name, at]) => all.toSpliced(at, 0, name)),
    ),
    fc.constantFrom('', '\n', '\r\n<!-- end -->'),
  )
  .map((parts) => parts.join(''));
