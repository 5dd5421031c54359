/** Longer texts: `vmlane help TOPIC`, and what the manual says of commands. */
import { expect, test } from 'vitest';
import { allGroups } from '../../src/cli/commands/index.js';
import { select } from '../../src/cli/parser.js';
import { blocksOf, laidOut } from '../../src/cli/prose.js';
import { topics } from '../../src/cli/topics/index.js';
import { vmlane } from './test-io.js';

const groups = await allGroups();
const commands = groups.flatMap((group) => group.commands);

const PROSE = `
A HEADING

One paragraph
of two lines.

  as it
    is

- a term: what it
means.
- no term, since the colon is far in the sentence: so.
`;

test('blocks', () => {
  expect(blocksOf(PROSE)).toEqual([
    { kind: 'heading', text: 'A HEADING' },
    { kind: 'paragraph', text: 'One paragraph of two lines.' },
    { kind: 'literal', lines: ['as it', '  is'] },
    {
      kind: 'list',
      items: [
        { term: 'a term', text: 'what it means.' },
        { text: 'no term, since the colon is far in the sentence: so.' },
      ],
    },
  ]);
});

test('on a terminal', () => {
  expect(laidOut(PROSE, 24)).toBe(`A HEADING

One paragraph of two
lines.

  as it
    is

  - a term: what it
    means.
  - no term, since the
    colon is far in the
    sentence: so.`);
});

const texts: (readonly [string, string])[] = [
  ...(await Promise.all(topics.map(async ({ name, text }) => [name, await text()] as const))),
  ...(await Promise.all(
    commands.map(async ({ path, manual }) => [path.join(' '), (await manual?.()) ?? ''] as const),
  )),
];

/** Command lines in a text: `'vmlane …'`, and lines that stay as they are. */
function linesIn(text: string): string[] {
  const blocks = blocksOf(text);
  const literal = blocks.flatMap((block) => (block.kind === 'literal' ? block.lines : []));
  const quoted = blocks.flatMap((block) => {
    const said =
      block.kind === 'paragraph'
        ? block.text
        : block.kind === 'list'
          ? block.items.map((item) => item.text).join(' ')
          : '';
    return [...said.matchAll(/'(vmlane [^']*)'/g)].map(([, line = '']) => line);
  });
  return [...literal, ...quoted].filter((line) => line.startsWith('vmlane '));
}

const lines = texts.flatMap(([name, text]) => linesIn(text).map((line) => [name, line] as const));

test('there are command lines to try', () => expect(lines.length).toBeGreaterThan(80));

test.each(lines)('%s: %s is possible', async (_name, line) => {
  const [first = ''] = line.split(/ [|<>] /);
  const words = (first.match(/'[^']*'|\S+/g) ?? []).slice(1).map((one) => one.replaceAll("'", ''));
  if (words[0] === 'help') return expect(await vmlane(words)).toMatchObject({ status: 0, err: '' });
  // The name of a command alone, or of a group: its help must exist.
  const isName = !first.includes('--') && words.length <= 2;
  expect(select(isName ? [...words, '--help'] : words, groups)).toHaveProperty('kind');
});

const OPTION = /(?<![\w-])--[a-z][\w-]*/g;
const known = new Set(commands.flatMap(({ options }) => Object.keys(options)));

test.each(texts)('%s: options that it names are there', (_name, text) => {
  const named = [...text.matchAll(OPTION)].map(([option]) => option.slice(2));
  expect(named.filter((one) => !known.has(one))).toEqual([]);
});

test.each(texts)('%s: fits a terminal of 100 columns', (_name, text) => {
  for (const line of laidOut(text, 96).split('\n')) expect(line.length).toBeLessThan(100);
});

test.each(topics.map((topic) => [topic.name, topic] as const))(
  'vmlane help %s',
  async (name, { summary, text }) => {
    const { status, out, err } = await vmlane(['help', name]);
    expect([status, err]).toEqual([0, '']);
    expect(out).toBe(`${name}: ${summary}\n\n${laidOut(await text(), 96)}\n`);
    // No group of commands is called so: `vmlane help NAME` would be its help.
    expect(groups.map((group) => group.name)).not.toContain(name);
  },
);

test('vmlane help lists topics', async () => {
  const { status, out } = await vmlane(['help']);
  expect(status).toBe(0);
  for (const { name, summary } of topics)
    expect(out).toMatch(new RegExp(`^  ${name} +${summary}`, 'm'));
});

test.each([
  ['help vlan', `vmlane help: unknown topic "vlan"; did you mean 'vmlane help vlans'?`],
  ['help xyzzy', `vmlane help: unknown topic "xyzzy"; 'vmlane help' lists topics`],
])('vmlane %s', async (line, message) => {
  expect(await vmlane(line.split(' '))).toEqual({ status: 2, out: '', err: `${message}\n` });
});

test.each([['domain convert'], ['switch'], ['doctor']])(
  'vmlane help %s is the help of that command',
  async (line) => {
    const words = line.split(' ');
    expect(await vmlane(['help', ...words])).toEqual(await vmlane([...words, '--help']));
  },
);
