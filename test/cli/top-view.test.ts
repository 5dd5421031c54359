/** What `vmlane switch top` shows, and what keys do to it. */
import { describe, expect, it } from 'vitest';
import { type Choice, chosen, type Row, rateText } from '../../src/cli/commands/switch/top-rows.js';
import { type Shown, secondsOf, TopView } from '../../src/cli/commands/switch/top-view.js';

function row(name: string, n?: number, more: Partial<Row> = {}): Row {
  const rates = n === undefined ? undefined : { rx_packets: n, rx_bits: 8 * n };
  return {
    ...{ name, state: 'up', vlan: 0, lcore: 1, load: 0.5 },
    rates: rates && { ...rates, tx_packets: 0, tx_bits: 0, drops: 0, reasons: {} },
    ...more,
  };
}

const choice = (more: Partial<Choice> = {}): Choice => ({
  ...{ sort: 'rx_bits', reversed: false, filter: '', hidesIdle: false },
  ...more,
});

const names = (rows: readonly Row[], more: Partial<Choice> = {}) =>
  chosen(rows, choice(more)).map(({ name }) => name);

it.each([
  [undefined, '-'],
  [0, '0'],
  [0.04, '0'],
  [0.5, '0.5'],
  [9.96, '10'],
  [12.4, '12'],
  [999.4, '999'],
  [999.5, '1k'],
  [1234, '1.23k'],
  [45_600_000, '45.6M'],
  [999_600_000, '1G'],
  [1e10, '10G'],
  [2.5e15, '2500T'],
])('a rate of %s is %s', (rate, text) => {
  expect(rateText(rate)).toBe(text);
});

it.each(['1', '0.1', '0.25', '3600'])('%s: seconds', (text) => {
  expect(secondsOf(text)).toBe(Number(text));
});

it.each(['', '0', '0.09', '3601', '1e2', '-1', '1s', ' 1', 'NaN'])('%s: none', (text) => {
  expect(secondsOf(text)).toBeUndefined();
});

it('sorts by any column: most first, what is not known last, names as people count', () => {
  const rows = [row('web10', 5), row('web9', 5), row('b'), row('a', 7, { load: 0.1, vlan: 3 })];
  expect(names(rows)).toEqual(['a', 'web9', 'web10', 'b']);
  expect(names(rows, { reversed: true })).toEqual(['b', 'web9', 'web10', 'a']);
  expect(names(rows, { sort: 'name' })).toEqual(['a', 'b', 'web9', 'web10']);
  expect(names(rows, { sort: 'load' })).toEqual(['b', 'web9', 'web10', 'a']);
  expect(names(rows, { sort: 'vlan' })).toEqual(['b', 'web9', 'web10', 'a']);
});

it('filters by name, and hides what is idle', () => {
  const rows = [row('Web1', 5), row('web2', 0), row('db', 1), row('webnew')];
  expect(names(rows, { filter: 'WEB' })).toEqual(['Web1', 'web2', 'webnew']);
  expect(names(rows, { hidesIdle: true })).toEqual(['Web1', 'db']);
});

describe('the screen', () => {
  const many = Array.from({ length: 50 }, (_, i) => row(`p${i}`, 50 - i));
  const shown = (rows: readonly Row[], trouble?: string): Shown => ({
    ...{ time: '12:00:00', rows, troubles: trouble === undefined ? [] : [trouble] },
    lcores: [{ lcore: 1, load: 0.256, packets: 1 }],
  });
  const press = (view: TopView, ...keys: string[]) => keys.map((key) => view.press(key));
  const at = (view: TopView, rows = many, columns = 100, lines = 10) =>
    view.lines(shown(rows), columns, lines);

  it('has a head, lcores, totals, titles and as many rows as fit, cut to its width', () => {
    const lines = at(new TopView(choice(), 1), many, 60);
    expect(lines).toHaveLength(10);
    expect(lines[0]).toBe(
      'vmlane switch top 12:00:00  50 ports, 50 up, 50 shown  by rx'.slice(0, 60),
    );
    expect(lines[1]).toBe('lcores: 1 26 %');
    expect(lines[2]).toBe(
      'all: rx 1.27k pkt/s 10.2k bit/s  tx 0 pkt/s 0 bit/s  drops 0/s'.slice(0, 60),
    );
    expect(lines[4]).toContain('RX_BIT/Sv');
    expect(lines.slice(5).map((line) => line.split(' ')[0])).toEqual([
      'p0',
      'p1',
      'p2',
      'p3',
      'p4',
    ]);
    for (const [i, line] of lines.entries()) {
      if (i !== 4) expect(line.length).toBeLessThanOrEqual(60);
    }
    expect(at(new TopView(choice(), 1), many, 60, 3)).toHaveLength(3);
  });

  it('shows no control characters, whatever a name has', () => {
    const lines = at(new TopView(choice(), 1), [row('evil\u001b[2J\u009b1m\n', 1)]);
    expect(lines[5]).toMatch(/^evil\?\[2J\?1m\?/);
  });

  it('scrolls, and not beyond the end', () => {
    const view = new TopView(choice(), 1);
    const first = () => at(view)[5]?.split(' ')[0];
    first();
    press(view, 'down');
    expect(first()).toBe('p1');
    press(view, 'pagedown');
    expect(first()).toBe('p6');
    press(view, 'end');
    expect(first()).toBe('p45');
    press(view, 'up');
    expect(first()).toBe('p44');
    press(view, 'home');
    expect(first()).toBe('p0');
  });

  it('< and > move the column that it is sorted by, up to the ends; R reverses', () => {
    const view = new TopView(choice(), 1);
    expect(press(view, '<', '>', '>', 'R')).toEqual(Array(4).fill('show'));
    expect(view.choice).toMatchObject({ sort: 'tx_packets', reversed: true });
    press(view, ...Array<string>(20).fill('<'));
    expect(view.choice.sort).toBe('name');
    press(view, ...Array<string>(20).fill('>'));
    expect(view.choice.sort).toBe('drops');
    expect(at(view)[4]).toContain('DROPS/S^');
  });

  it('/ asks for a filter; Escape leaves it as it is', () => {
    const view = new TopView(choice(), 1);
    press(view, '/', 'p', '4', '9', 'backspace', 'q');
    expect(at(view)[3]).toBe('Only ports with this in their name: p4q_');
    press(view, 'escape');
    expect(view.choice.filter).toBe('');
    expect(press(view, 'o', 'p', '4', '9', 'return').at(-1)).toBe('read');
    expect(at(view).slice(5)).toHaveLength(1);
    expect(at(view)[0]).toContain('1 shown');
    press(view, '/', 'return');
    expect(view.choice.filter).toBe('');
  });

  it('s and d ask for seconds, and say when these are none', () => {
    const view = new TopView(choice(), 1);
    press(view, 's', '0', '.', '5', 'return');
    expect(view.seconds).toBe(0.5);
    press(view, 'd', '0', 'return');
    expect(view.seconds).toBe(0.5);
    expect(at(view)[3]).toBe('"0": give seconds from 0.1 to 3600');
    press(view, 'i');
    expect(at(view)[3]).toBe('');
    expect(view.choice.hidesIdle).toBe(true);
  });

  it('h and ? show help until a key; q and Ctrl-C end it, the latter always; others do nothing', () => {
    const view = new TopView(choice(), 1);
    expect(press(view, 'h')).toEqual(['show']);
    expect(at(view, many, 80, 40).join('\n')).toContain('hide ports without traffic');
    expect(press(view, 'q', 'q', 'x', 'f5', ' ')).toEqual([
      'show',
      'quit',
      undefined,
      undefined,
      'read',
    ]);
    expect(press(view, '?', 'ctrl-c')).toEqual(['show', 'quit']);
    expect(press(view, '/', 'ctrl-c')).toEqual(['show', 'quit']);
  });

  it('p shows the busiest pairs, eight at most, or hides them', () => {
    const view = new TopView(choice(), 1);
    expect(press(view, 'p')).toEqual(['read']);
    expect(at(view)[3]).toBe('pairs: -');
    const pairs = Array.from({ length: 20 }, (_, i) => ({
      ...{ from: `p${i}`, to: 'b', packets: 2000 / (i + 1), bits: 1e6 },
    }));
    const lines = view.lines({ ...shown(many), pairs }, 100, 20);
    expect(lines.slice(3, 5)).toEqual([
      'pair: p0 -> b   2k pkt/s  1M bit/s',
      'pair: p1 -> b   1k pkt/s  1M bit/s',
    ]);
    expect(lines.filter((line) => line.startsWith('pair'))).toHaveLength(8);
    expect(lines).toHaveLength(20);
    expect(view.lines({ ...shown(many), pairs: [] }, 100, 20)[3]).toBe('pairs: none');
    press(view, 's', '5', 'return');
    expect(at(view)[3]).toBe('pairs: need readings less than 5 s apart');
    press(view, 'p');
    expect(at(view).join()).not.toContain('pairs');
  });

  it('has the host before each port of several, and says of whom there is nothing newer', () => {
    const view = new TopView({ ...choice(), hosts: true }, 1);
    const rows = ['b', 'a'].map((host) => ({ ...row('web1', 1), host }));
    const lcores = ['a', 'b'].flatMap((host) =>
      [1, 2].map((lcore) => ({ host, lcore, load: 0.1, packets: 1 })),
    );
    const troubles = ['c: gone', 'd: gone', 'e: gone'];
    const lines = view.lines({ ...shown(rows), lcores, troubles }, 100, 10);
    expect(lines[1]).toBe('lcores: a: 1 10 %  2 10 %  b: 1 10 %  2 10 %');
    expect(lines[3]).toBe('c: gone (and 2 more)');
    expect(lines[4]).toMatch(/HOST +PORT +STATE/);
    expect(lines.slice(5).map((line) => line.slice(0, 10))).toEqual(['a     web1', 'b     web1']);
    const waiting = view.lines({ ...shown([]), waiting: 'no answer yet from a' }, 100, 10);
    expect(waiting[3]).toBe('no answer yet from a');
  });

  it('says why there is nothing newer', () => {
    const view = new TopView(choice(), 1);
    const lines = view.lines(shown(many, 'no switch is running'), 100, 10);
    expect(lines[3]).toBe('no switch is running');
  });
});
