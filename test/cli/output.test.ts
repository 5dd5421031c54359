import { describe, expect, it } from 'vitest';
import { wantsColor } from '../../src/cli/io.js';
import { type Column, printTables, renderTable, table } from '../../src/cli/output.js';

interface Row {
  name: string;
  count: number;
}

const columns: Column<Row>[] = [
  { key: 'name', value: (row) => row.name },
  { key: 'count', title: 'COUNT(B)', value: (row) => row.count },
  { key: 'odd', value: (row) => row.count % 2 === 1, text: (row) => (row.count % 2 ? 'odd' : '-') },
];
const rows = [
  { name: 'a', count: 12 },
  { name: 'longer', count: 3 },
];

describe('a table', () => {
  it('aligns text on the left and numbers on the right', () => {
    expect(renderTable(table('rows', columns, rows), false)).toBe(
      ['NAME    COUNT(B)  ODD', 'a             12  -', 'longer         3  odd', ''].join('\n'),
    );
  });

  it('without rows is its heading', () => {
    expect(renderTable(table('rows', columns, []), false)).toBe('NAME  COUNT(B)  ODD\n');
  });

  it('has a bold heading in colour', () => {
    expect(renderTable(table('rows', columns, []), true)).toBe(
      '\u001b[1mNAME  COUNT(B)  ODD\u001b[0m\n',
    );
  });

  it('lets no name forge lines or colours', () => {
    const forged = table('rows', columns, [{ name: 'a\nb\u001b[31m\u009b', count: 1 }]);
    expect(renderTable(forged, false).split('\n')[1]).toMatch(/^a\?b\?\[31m\? /);
  });
});

it('JSON has the values, not their texts', () => {
  let out = '';
  const io = {
    color: true,
    out: (text: string) => {
      out += text;
    },
  };
  const one = { ...table('one', columns, rows.slice(1)), single: true };
  printTables(io, true, [table('rows', columns, rows), one], { total: 2 });
  expect(JSON.parse(out)).toEqual({
    rows: [
      { name: 'a', count: 12, odd: false },
      { name: 'longer', count: 3, odd: true },
    ],
    one: { name: 'longer', count: 3, odd: true },
    total: 2,
  });
});

it.each<[NodeJS.ProcessEnv, boolean | undefined, boolean]>([
  [{}, true, true],
  [{}, undefined, false],
  [{ NO_COLOR: '' }, true, true],
  [{ NO_COLOR: '1' }, true, false],
  [{ TERM: 'dumb' }, true, false],
])('colour with %j, terminal %j: %j', (env, isTTY, color) => {
  expect(wantsColor(env, isTTY)).toBe(color);
});
