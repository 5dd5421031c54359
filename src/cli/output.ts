import { plain } from '../values/plain.js';
import type { Io } from './io.js';

/** A value for JSON. Keys are snake_case: one with a capital does not compile. */
export type Json = string | number | boolean | null | Json[] | JsonObject;
export type JsonObject = { [key: string]: Json } & { [key: `${string}${Capital}${string}`]: never };

type Letter = 'a' | 'b' | 'c' | 'd' | 'e' | 'f' | 'g' | 'h' | 'i' | 'j' | 'k' | 'l' | 'm';
type LaterLetter = 'n' | 'o' | 'p' | 'q' | 'r' | 's' | 't' | 'u' | 'v' | 'w' | 'x' | 'y' | 'z';
type Capital = Uppercase<Letter | LaterLetter>;

/** One column: its key in JSON, its title in a table, and its value. */
export interface Column<Row> {
  key: string;
  /** The key in capitals by default; units belong here. */
  title?: string;
  value(row: Row): Json;
  /** Text of a table's cell; the value itself by default. */
  text?(row: Row): string;
}

/** Rows under one name: a list of objects in JSON, a table for a person. */
export interface Table {
  key: string;
  titles: string[];
  /** Which columns hold numbers, and so are right-aligned. */
  right: boolean[];
  cells: string[][];
  json: Json[];
  /** There is exactly one row: JSON has an object instead of a list. */
  single?: boolean;
}

/** Renders each cell once, for both forms. */
export function table<Row>(key: string, columns: Column<Row>[], rows: readonly Row[]): Table {
  const values = rows.map((row) => columns.map((column) => column.value(row)));
  return {
    key,
    titles: columns.map((column) => column.title ?? column.key.toUpperCase()),
    right: columns.map(
      (_, i) => values.length > 0 && values.every((row) => typeof row[i] === 'number'),
    ),
    cells: rows.map((row, r) =>
      columns.map((column, i) => plain(column.text?.(row) ?? String(values[r]?.[i]))),
    ),
    json: values.map((row) =>
      keyed(Object.fromEntries(columns.map((c, i) => [c.key, row[i] ?? null]))),
    ),
  };
}

/** The table as text: columns two spaces apart, a bold heading if in colour; ends with a newline. */
export function renderTable({ titles, right, cells }: Table, color: boolean): string {
  const widths = titles.map((title, i) =>
    Math.max(title.length, ...cells.map((row) => row[i]?.length ?? 0)),
  );
  const render = (row: string[]) =>
    row
      .map((cell, i) => (right[i] ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0)))
      .join('  ')
      .trimEnd();
  const heading = render(titles);
  const lines = [color ? `\u001b[1m${heading}\u001b[0m` : heading, ...cells.map(render)];
  return `${lines.join('\n')}\n`;
}

/** Named counters as a cell of a table: `ring_full 3, no_port 1`. */
export function countsText(counts: Readonly<Record<string, number>>): string {
  const counted = Object.entries(counts).filter(([, count]) => count > 0);
  return counted.map(([reason, count]) => `${reason} ${count}`).join(', ') || '-';
}

/** An object whose keys are data, such as names or reasons, and need not be snake_case. */
export function keyed(values: Readonly<Record<string, Json>>): Json {
  return values as JsonObject;
}

/** Bytes as MiB, for a column with MIB in its title. */
export function mebibytes(bytes: number): string {
  return String(Math.round(bytes / 1024 / 1024));
}

/** Prints a value as JSON, indented by two, with a newline. */
export function printJson(io: Pick<Io, 'out'>, value: Json): void {
  io.out(`${JSON.stringify(value, null, 2)}\n`);
}

/** Prints tables, or one JSON object with a list for each and `more` beside them. */
export function printTables(
  io: Pick<Io, 'out' | 'color'>,
  json: boolean | undefined,
  tables: Table[],
  more: Record<string, Json> = {},
): void {
  if (json) {
    const values = tables.map(({ key, json: rows, single }) => [key, single ? rows[0] : rows]);
    printJson(io, keyed({ ...Object.fromEntries(values), ...more }));
  } else {
    io.out(tables.map((one) => renderTable(one, io.color)).join('\n'));
  }
}

export { plain };

/** What becomes of a guest's autostart. */
export function autostartText(on: boolean): string {
  return `autostart ${on ? 'on' : 'off'}`;
}
