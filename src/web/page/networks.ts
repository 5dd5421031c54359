/** Networks as a picture: what is of the host at the left, guests at the right, the network between them. */
import type { Member, NetworkFacts } from '../wire.js';
import { draw, make, the } from './dom.js';
import { shortened } from './words.js';

const WIDTH = 1200;
const LEFT = 250;
const BUS = LEFT + 40;
const FROM = BUS + 40;
const COLUMNS = 5;
const GAP = 12;
const CHIP = { width: (WIDTH - FROM - (COLUMNS - 1) * GAP) / COLUMNS, height: 38 };
const LINE = CHIP.height + 10;
/** More guests than these are drawn as dots. */
const CHIPS = 40;
const DOT = 18;
const DOTS = Math.floor((WIDTH - FROM) / DOT);

export class Networks {
  readonly #choose: (port: string) => void;

  constructor(choose: (port: string) => void) {
    this.#choose = choose;
  }

  show(networks: readonly NetworkFacts[]): void {
    const drawn = networks.map((one) => this.#network(one));
    the('picture').replaceChildren(...drawn);
  }

  #network(one: NetworkFacts): HTMLElement {
    const { kind, name, note, state } = one;
    const words = [note, kind === 'relay' ? 'relay' : '', state ?? ''].filter(Boolean);
    const title = make('h3', {}, name, ' ', make('small', {}, words.join(', ')));
    if (state !== undefined && state !== 'up' && state !== 'guests') title.className = 'bad';
    return make('div', { class: 'network' }, title, this.#drawing(one));
  }

  #drawing({ name, host, devices, guests }: NetworkFacts): SVGElement {
    const outside = [...host, ...devices];
    const isMany = guests.length > CHIPS;
    const rows = isMany ? Math.ceil(guests.length / DOTS) : Math.ceil(guests.length / COLUMNS);
    const right = isMany ? rows * DOT + 6 : rows * LINE;
    const height = Math.max(outside.length * LINE, right, LINE) - (LINE - CHIP.height);
    const parts = [
      ...outside.flatMap((one, i) => {
        const y = i * LINE;
        const wire = line(LEFT, y + CHIP.height / 2, BUS, y + CHIP.height / 2);
        return [wire, this.#chip(one, 0, y, LEFT, host.includes(one) ? 'host' : 'device')];
      }),
      draw('rect', { class: 'bus', x: BUS - 5, y: 0, width: 10, height, rx: 5 }),
      ...(isMany ? this.#dots(guests) : this.#chips(guests)),
    ];
    const label = `${name}: ${outside.length} of the host, ${guests.length} guests`;
    return draw(
      'svg',
      { viewBox: `-2 -2 ${WIDTH + 4} ${height + 4}`, role: 'group', 'aria-label': label },
      ...parts,
    );
  }

  #chips(guests: readonly Member[]): SVGElement[] {
    return guests.flatMap((one, i) => {
      const [row, column] = [Math.floor(i / COLUMNS), i % COLUMNS];
      const x = FROM + column * (CHIP.width + GAP);
      const y = row * LINE;
      const middle = y + CHIP.height / 2;
      // From the chip before it, or from the network.
      const wire = line(column === 0 ? BUS + 5 : x - GAP, middle, x, middle);
      return [wire, this.#chip(one, x, y, CHIP.width, 'guest')];
    });
  }

  #dots(guests: readonly Member[]): SVGElement[] {
    const wire = line(BUS + 5, DOT / 2, FROM, DOT / 2);
    const dots = guests.map((one, i) => {
      const [row, column] = [Math.floor(i / DOTS), i % DOTS];
      const place = {
        x: FROM + column * DOT,
        y: row * DOT,
        width: DOT - 5,
        height: DOT - 5,
        rx: 3,
      };
      const dot = draw('rect', { class: `dot ${one.state}`, ...place }, hint(one));
      dot.addEventListener('click', () => this.#first(one));
      return dot;
    });
    return [wire, ...dots];
  }

  #chip(one: Member, x: number, y: number, width: number, kind: string): SVGElement {
    const room = Math.floor(width / 7.6) - 2;
    const below = [one.note, kind === 'guest' ? one.ports.join(', ') : '']
      .filter(Boolean)
      .join(', ');
    const chip = draw(
      'g',
      { class: `chip ${kind} ${one.state}`, transform: `translate(${x} ${y})` },
      draw('rect', { width, height: CHIP.height, rx: 6 }),
      draw('circle', { cx: 13, cy: 13, r: 4 }),
      draw('text', { class: 'title', x: 24, y: 17 }, shortened(one.title, room)),
      draw('text', { class: 'note', x: 24, y: 31 }, shortened(below, Math.floor(room * 1.2))),
      hint(one),
    );
    if (one.ports.length === 0) return chip;
    chip.setAttribute('tabindex', '0');
    chip.setAttribute('role', 'button');
    chip.addEventListener('click', () => this.#first(one));
    chip.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter' && event.key !== ' ') return;
      event.preventDefault();
      this.#first(one);
    });
    return chip;
  }

  #first({ ports: [port] }: Member): void {
    if (port !== undefined) this.#choose(port);
  }
}

function hint({ title, note, ports, state }: Member): SVGElement {
  return draw('title', {}, [title, note, ...ports, state].filter(Boolean).join(', '));
}

function line(x1: number, y1: number, x2: number, y2: number): SVGElement {
  return draw('line', { class: 'wire', x1, y1, x2, y2 });
}
