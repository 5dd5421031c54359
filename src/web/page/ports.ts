/** The table of ports: a row each, of which only what has changed is written. */
import { byName } from '../../values/by-name.js';
import { type PortFacts, type Row, SERIES } from '../wire.js';
import { arrange, make, setText, the } from './dom.js';
import type { State } from './state.js';
import { rate, whole } from './words.js';

interface Line {
  row: HTMLTableRowElement;
  button: HTMLButtonElement;
  /** Guest or device, network, and a mark of the state. */
  words: [Element, Element, HTMLElement];
  numbers: Element[];
  facts: PortFacts;
  values: Row;
}

/** What a column is sorted by. */
type Key = (line: Line) => string | number;

const KEYS: Record<string, Key> = {
  name: ({ facts }) => facts.name,
  of: ({ facts }) => facts.of,
  network: ({ facts }) => networkText(facts),
  state: ({ facts }) => stateOf(facts),
  lcore: ({ facts }) => facts.lcore,
  ...Object.fromEntries(
    SERIES.map((_, i): [string, Key] => [
      String(i),
      ({ values }) => (values ? (values[i] ?? 0) : 0),
    ]),
  ),
};

function networkText({ networks, vlan }: PortFacts): string {
  const [only = ''] = networks;
  // A network or VLAN that is just the port's own.
  if (networks.length === 1 && !/ /.test(vlan)) return only;
  return vlan === '-' ? networks.join(', ') : vlan;
}

function stateOf({ state, link }: PortFacts): string {
  return link ? state : 'link down';
}

export class Ports {
  readonly #lines = new Map<string, Line>();
  readonly #body = the('rows');
  readonly #filter = the<HTMLInputElement>('filter');
  readonly #choose: (port: string) => void;
  #sort = 'name';
  #isDown = false;
  #chosen: string | undefined;

  constructor(choose: (port: string) => void) {
    this.#choose = choose;
    this.#filter.addEventListener('input', () => this.#arrange());
    for (const head of document.querySelectorAll<HTMLElement>('#ports th[data-key]')) {
      const button = make('button', { type: 'button' }, head.textContent ?? '');
      button.addEventListener('click', () => this.#sortBy(head.dataset.key ?? 'name'));
      head.replaceChildren(button);
    }
    this.#headings();
  }

  show({ ports, rows }: State): void {
    const gone = new Set(this.#lines.keys());
    for (const [i, facts] of ports.entries()) {
      gone.delete(facts.name);
      const line = this.#lines.get(facts.name) ?? this.#line(facts);
      line.facts = facts;
      line.values = rows[i] ?? null;
      write(line);
    }
    for (const name of gone) this.#lines.delete(name);
    this.#arrange();
  }

  /** Marks the row of this port; undefined: none. */
  mark(port: string | undefined): void {
    this.#chosen = port;
    for (const { button, row, facts } of this.#lines.values()) {
      button.setAttribute('aria-pressed', String(facts.name === port));
      row.classList.toggle('chosen', facts.name === port);
    }
  }

  #line(facts: PortFacts): Line {
    const button = make('button', { type: 'button', class: 'link' }, facts.name);
    button.setAttribute('aria-pressed', String(facts.name === this.#chosen));
    button.addEventListener('click', () => this.#choose(facts.name));
    const words: Line['words'] = [make('td'), make('td'), make('span')];
    const numbers = [0, 1, 2, 3, 4, 5].map(() => make('td', { class: 'number' }));
    const [of, network, state] = words;
    const first = make('th', { scope: 'row' }, button);
    const row = make('tr', {}, first, of, network, make('td', {}, state), ...numbers);
    const line: Line = { row, button, words, numbers, facts, values: null };
    this.#lines.set(facts.name, line);
    return line;
  }

  #arrange(): void {
    const words = this.#filter.value.toLowerCase().split(/\s+/).filter(Boolean);
    const matches = ({ facts }: Line) => {
      const { name, of, networks, vlan } = facts;
      const text = [name, of, ...networks, vlan, stateOf(facts)].join(' ').toLowerCase();
      return words.every((word) => text.includes(word));
    };
    const lines = [...this.#lines.values()].filter(matches);
    const key = KEYS[this.#sort] as Key;
    lines.sort((a, b) => {
      const [first, second] = [key(a), key(b)];
      const order =
        typeof first === 'number' ? first - Number(second) : byName(first, String(second));
      return (this.#isDown ? -order : order) || byName(a.facts.name, b.facts.name);
    });
    arrange(
      this.#body,
      lines.map(({ row }) => row),
    );
    const of = lines.length === this.#lines.size ? '' : `${whole(lines.length)} of `;
    setText(the('shown'), `${of}${whole(this.#lines.size)} ports`);
  }

  #sortBy(key: string): void {
    // Of numbers one wants the greatest first.
    const isNumber = /^\d$/.test(key);
    this.#isDown = this.#sort === key ? !this.#isDown : isNumber;
    this.#sort = key;
    this.#headings();
    this.#arrange();
  }

  #headings(): void {
    for (const head of document.querySelectorAll<HTMLElement>('#ports th[data-key]')) {
      const order = this.#isDown ? 'descending' : 'ascending';
      if (head.dataset.key === this.#sort) head.setAttribute('aria-sort', order);
      else head.removeAttribute('aria-sort');
    }
  }
}

function write({ words: [of, network, mark], numbers, facts, values }: Line): void {
  setText(of, facts.of);
  setText(network, networkText(facts));
  const state = stateOf(facts);
  setText(mark, state);
  mark.dataset.state = state;
  for (const [i, cell] of numbers.entries()) {
    if (i === SERIES.length) {
      setText(cell, String(facts.lcore));
      continue;
    }
    const value = values === 0 ? 0 : values?.[i];
    setText(cell, value === undefined ? '–' : rate(value));
    cell.classList.toggle('none', !value);
    if (SERIES[i] === 'drops') cell.classList.toggle('bad', Boolean(value));
  }
}
