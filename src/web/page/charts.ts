/** Traffic of the last minutes, of a port or of all: two charts of uPlot's. */
import uPlot from 'uplot';
import { HISTORY_SECONDS, type History, SERIES } from '../wire.js';
import { the } from './dom.js';
import { clockOf, rate } from './words.js';

const HEIGHT = 170;

/** A line of a chart: which of SERIES, what it is called, and its colour's name in the style sheet. */
type Line = readonly [series: (typeof SERIES)[number], label: string, color: string];

const LINES: Record<string, readonly Line[]> = {
  bits: [
    ['in_bits', 'from ports', '--in'],
    ['out_bits', 'to ports', '--out'],
  ],
  frames: [
    ['in_frames', 'from ports', '--in'],
    ['out_frames', 'to ports', '--out'],
    ['drops', 'dropped', '--bad'],
  ],
};

export class Charts {
  #history: History = { times: [], columns: SERIES.map(() => []) };
  #plots: { plot: uPlot; lines: readonly Line[] }[] = [];

  constructor() {
    this.#make();
    // Colours are drawn, and so do not follow the style sheet.
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.#make());
    const resized = new ResizeObserver(() => this.#fit());
    for (const id of Object.keys(LINES)) resized.observe(the(id));
  }

  /** Begins anew with this. */
  show(history: History): void {
    this.#history = history;
    this.#draw();
  }

  /** A second more; a row of null: nothing is known of it. */
  add(time: number, row: readonly number[] | null): void {
    const { times, columns } = this.#history;
    if (time <= (times.at(-1) ?? 0)) return;
    times.push(time);
    for (const [i, column] of columns.entries()) column.push(row?.[i] ?? null);
    const old = times.findIndex((one) => one > time - HISTORY_SECONDS * 1000);
    if (old > 0) for (const one of [times, ...columns]) one.splice(0, old);
    this.#draw();
  }

  #draw(): void {
    const times = this.#history.times.map((time) => time / 1000);
    for (const { plot, lines } of this.#plots) {
      const columns = lines.map(([series]) => this.#history.columns[SERIES.indexOf(series)] ?? []);
      plot.setData([times, ...columns]);
      // Nobody points at another second.
      if (times.length > 0 && (plot.cursor.left ?? -1) < 0)
        plot.setLegend({ idx: times.length - 1 }, false);
    }
  }

  #make(): void {
    for (const { plot } of this.#plots) plot.destroy();
    this.#plots = Object.entries(LINES).map(([id, lines]) => ({
      plot: new uPlot(options(the(id), lines), [[], ...lines.map(() => [])], the(id)),
      lines,
    }));
    this.#draw();
  }

  #fit(): void {
    for (const { plot } of this.#plots) {
      const { clientWidth: width } = plot.root.parentElement as HTMLElement;
      if (width > 0 && width !== plot.width) plot.setSize({ width, height: HEIGHT });
    }
  }
}

function options(into: HTMLElement, lines: readonly Line[]): uPlot.Options {
  const style = getComputedStyle(document.documentElement);
  const color = (name: string) => style.getPropertyValue(name).trim();
  const axis = {
    stroke: color('--soft'),
    grid: { stroke: color('--line'), width: 1 },
    ticks: { show: false },
    font: '11px system-ui, sans-serif',
  };
  const minutes = (_: uPlot, ticks: number[]) =>
    ticks.map((tick) => clockOf(tick * 1000).slice(0, 5));
  const values = (_: uPlot, ticks: number[]) => ticks.map(rate);
  return {
    width: into.clientWidth || 500,
    height: HEIGHT,
    scales: {
      x: { range: (_, __, max) => [max - HISTORY_SECONDS, max] },
      y: { range: (_, __, max) => [0, Math.max(max * 1.1, 1)] },
    },
    axes: [
      { ...axis, incrs: [60], values: minutes, size: 30 },
      { ...axis, values, size: 60 },
    ],
    series: [
      { label: 'at', value: (_, time) => (time ? clockOf(time * 1000) : '–') },
      ...(lines.map(([, label, name]) => ({
        label,
        stroke: color(name),
        fill: name === '--in' ? color('--in-fill') : undefined,
        width: 1.5,
        points: { show: false },
        value: (_: uPlot, value: number | null) => (value === null ? '–' : rate(value)),
      })) as uPlot.Series[]),
    ],
    cursor: { drag: { x: false, y: false } },
    legend: { live: true },
  };
}
