/** Rates of the last minutes, in rings of numbers: their memory is the ports' number, however long it goes on. */
import { HISTORY_SECONDS, type History, SERIES } from './wire.js';

const WIDTH = SERIES.length;

/** A row for each second, of each port and of all together. */
export class Rings {
  readonly #seconds: number;
  readonly #times: Float64Array;
  readonly #ports = new Map<string, Float32Array>();
  readonly #total: Float32Array;
  #count = 0;

  constructor(seconds = HISTORY_SECONDS) {
    this.#seconds = seconds;
    this.#times = new Float64Array(seconds);
    this.#total = this.#empty();
  }

  /** A second in which these ports were there; a row without values: they are not known yet. */
  add(time: number, rows: ReadonlyMap<string, readonly number[] | undefined>): void {
    const at = this.#count % this.#seconds;
    this.#count += 1;
    this.#times[at] = time;
    for (const name of this.#ports.keys()) if (!rows.has(name)) this.#ports.delete(name);
    const total = Array<number>(WIDTH).fill(0);
    for (const [name, row] of rows) {
      let ring = this.#ports.get(name);
      if (!ring) {
        ring = this.#empty();
        this.#ports.set(name, ring);
      }
      put(ring, at, row);
      for (let i = 0; row && i < WIDTH; i += 1) total[i] = (total[i] ?? 0) + (row[i] ?? 0);
    }
    put(this.#total, at, total);
  }

  /** A second of which nothing is known: the switch was not there. */
  addGap(time: number): void {
    const at = this.#count % this.#seconds;
    this.#count += 1;
    this.#times[at] = time;
    for (const ring of [...this.#ports.values(), this.#total]) put(ring, at, undefined);
  }

  /** The oldest second first. Undefined: there is no such port. */
  of(port?: string): History | undefined {
    const ring = port === undefined ? this.#total : this.#ports.get(port);
    if (!ring) return undefined;
    const first = Math.max(0, this.#count - this.#seconds);
    const places = Array.from(
      { length: this.#count - first },
      (_, i) => (first + i) % this.#seconds,
    );
    const column = (i: number) => places.map((at) => known(ring[at * WIDTH + i]));
    return {
      times: places.map((at) => this.#times[at] ?? 0),
      columns: SERIES.map((_, i) => column(i)),
    };
  }

  #empty(): Float32Array {
    return new Float32Array(this.#seconds * WIDTH).fill(Number.NaN);
  }
}

function put(ring: Float32Array, at: number, row: readonly number[] | undefined): void {
  for (let i = 0; i < WIDTH; i += 1) ring[at * WIDTH + i] = row?.[i] ?? Number.NaN;
}

function known(value = Number.NaN): number | null {
  return Number.isNaN(value) ? null : short(value);
}

/** Four digits are more than a picture shows. */
export function short(value: number): number {
  return Number(value.toPrecision(4));
}
