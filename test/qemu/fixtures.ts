import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { VfToken } from '../../src/qemu/host.js';
import { DEFAULT_POLICY, type Host, type Policy } from '../../src/qemu/index.js';

const DATA = new URL('../data/qemu/', import.meta.url);

export const MEMFD = DEFAULT_POLICY;
export const HUGE: Policy = {
  ...DEFAULT_POLICY,
  memory: {
    ...DEFAULT_POLICY.memory,
    source: { kind: 'huge', folder: '/dev/hugepages', otherwise: 'refuse' },
  },
};

/**
 * Names of the golden cases: NAME.args, or NAME.case.json, which may say whose arguments it takes,
 * what its policy has other than the default, and what is known of the host.
 */
export const cases = [
  ...new Set(
    readdirSync(DATA)
      .filter((file) => /\.(args|case\.json)$/.test(file))
      .map((file) => basename(basename(file, '.args'), '.case.json')),
  ),
].sort();

/** Those recorded from libvirt. */
export const captures = cases.filter(
  (name) => /^lv[0-9]+-/.test(name) && existsSync(dataPath(`${name}.args`)),
);

export interface Case {
  argv: string[];
  policy: Policy;
  host: Host;
}

interface Written {
  args?: string;
  policy?: Partial<Omit<Policy, 'memory'>> & { memory?: Partial<Policy['memory']> };
  host?: Omit<Host, 'taps' | 'configs' | 'descriptors' | 'tokens'> & {
    tokens?: Record<string, VfToken>;
    taps?: Record<string, string>;
    configs?: Record<string, string>;
    descriptors?: number[];
  };
}

export function readCase(name: string): Case {
  const path = dataPath(`${name}.case.json`);
  const written: Written = existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : {};
  const {
    args = name,
    policy = {},
    host: { taps, configs, descriptors, tokens, ...host } = {},
  } = written;
  const start = DEFAULT_POLICY;
  return {
    argv: readArgs(args),
    policy: { ...start, ...policy, memory: { ...start.memory, ...policy.memory } },
    host: {
      ...host,
      ...(taps && { taps: new Map(Object.entries(taps).map(([fd, tap]) => [Number(fd), tap])) }),
      ...(tokens && { tokens: new Map(Object.entries(tokens)) }),
      ...(configs && { configs: new Map(Object.entries(configs)) }),
      ...(descriptors && { descriptors: new Set(descriptors) }),
    },
  };
}

/** One argument a line. */
export function readArgs(name: string): string[] {
  return readFileSync(dataPath(`${name}.args`), 'utf8')
    .replace(/\n$/, '')
    .split('\n');
}

export function dataPath(file: string): string {
  return new URL(file, DATA).pathname;
}
