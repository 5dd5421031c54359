import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { RewriteSettings } from '../../src/qemu/index.js';

const DATA = new URL('../data/qemu/', import.meta.url);

export const MEMFD: RewriteSettings = { socketDir: '/run/vmlane', memory: { kind: 'memfd' } };
export const HUGE: RewriteSettings = {
  socketDir: '/run/vmlane',
  memory: { kind: 'hugepages', path: '/dev/hugepages' },
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
