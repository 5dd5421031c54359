import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { DEFAULT_POLICY, type Policy } from '../../src/qemu/index.js';

const DATA = new URL('../data/qemu/', import.meta.url);

export const MEMFD = DEFAULT_POLICY;
export const HUGE: Policy = {
  ...DEFAULT_POLICY,
  memory: {
    ...DEFAULT_POLICY.memory,
    source: { kind: 'huge', folder: '/dev/hugepages', otherwise: 'refuse' },
  },
};

/** Names of the golden cases. */
export const cases = readdirSync(DATA)
  .filter((file) => file.endsWith('.args'))
  .map((file) => basename(file, '.args'))
  .sort();

/** Those recorded from libvirt. */
export const captures = cases.filter((name) => /^lv[0-9]+-/.test(name));

/** One argument a line. */
export function readArgs(name: string): string[] {
  return readFileSync(new URL(`${name}.args`, DATA), 'utf8')
    .replace(/\n$/, '')
    .split('\n');
}

export function dataPath(file: string): string {
  return new URL(file, DATA).pathname;
}
