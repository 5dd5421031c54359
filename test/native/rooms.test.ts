/** The rooms of native/ use each other in one direction only; native/README.md says why. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, test } from 'vitest';

const NATIVE = join(import.meta.dirname, '../../native');

/** Lowest first: a file includes its own room's headers, and those of rooms before its own. */
const ROOMS = ['base', 'cage', 'ring', 'vhost', 'host', 'datapath', 'control', '.'];
/** Other programs, most for tests and measurements: the rooms that each may look into beside its own. */
const BESIDE: Record<string, string[]> = {
  fuzz: [],
  ovs: ['base'],
  front: ['ring'],
  bench: ['front', 'ring', 'vhost', 'datapath'],
};
/** Fuzz targets stand in their room, and read their input in one way. */
const FUZZ_INPUT = 'fuzz/input.h';

const files = readdirSync(NATIVE, { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.[ch]$/.test(name))
  .sort();

/** Paths from native/ on of what a file includes in quotes. */
function includesOf(file: string): string[] {
  const text = readFileSync(join(NATIVE, file), 'utf8');
  return [...text.matchAll(/^\s*#\s*include\s+"([^"]+)"/gm)].map(([, name = '']) =>
    normalize(join(dirname(file), name)),
  );
}

function allowed(room: string): string[] {
  const at = ROOMS.indexOf(room);
  return at < 0 ? [room, ...(BESIDE[room] ?? [])] : ROOMS.slice(0, at + 1);
}

function problems(file: string): string[] {
  const rooms = allowed(dirname(file));
  return includesOf(file)
    .filter((name) => !(name === FUZZ_INPUT && /_fuzz(_\w+)?\.[ch]$/.test(file)))
    .filter((name) => !rooms.includes(dirname(name)))
    .map((name) => `${file} includes ${name}`);
}

describe('rooms of native/', () => {
  test('each folder has its place in the order', () => {
    const folders = new Set(files.map((file) => dirname(file)));
    expect([...folders].sort()).toEqual([...ROOMS, ...Object.keys(BESIDE)].sort());
  });

  test('every file that is included is there', () => {
    const missing = files.flatMap(includesOf).filter((name) => !files.includes(name));
    expect(missing).toEqual([]);
  });

  test('nobody includes from a room above', () => {
    expect(files.flatMap(problems)).toEqual([]);
  });

  test('there is something to check', () => {
    expect(files.flatMap(includesOf).length).toBeGreaterThan(100);
  });
});
