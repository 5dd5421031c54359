import { parseArguments, whole } from '../../bench/arguments.js';
import { InvalidInput } from '../../src/values/errors.js';
import { SANITIZED, type Sanitizer } from '../sanitized.js';

export interface Options {
  minutes: number;
  sanitizer: Sanitizer | 'none';
  /** Undefined: another one at each run. */
  seed?: number;
  json?: string;
}

const SANITIZERS = ['none', ...Object.keys(SANITIZED)];

export const USAGE = `Usage: npm run soak -- [OPTION]...
Lets a switch work for a long time: honest guests exchange frames, hostile ones attack, others come, go
and are killed, ports are added, changed, mirrored and removed, settings change. In the first third the
switch is also restarted, by SIGTERM and SIGKILL. It fails when the switch loses a setting, a pair of
honest guests a whole minute, or grows; when it ends without being told to, or a sanitizer reports.

  --minutes N       1-100000 (30); growth is judged from 9 on
  --sanitizer NAME  of the switch and of the guests' front ends: ${SANITIZERS.join(', ')} (none);
                    with thread, no guest takes memory away that is in use
  --seed N          for the same choices (a new one each time)
  --json FILE       writes what was measured
  --help

Examples:
  npm run soak -- --minutes 60
  npm run soak -- --minutes 30 --sanitizer address --json soak.json
  npm run soak -- --minutes 30 --sanitizer thread --seed 7

Exit code: 0 nothing was wrong, 1 something was, 2 wrong options, 130 Ctrl-C.
`;

/** Reads the arguments; undefined: help was asked for. Throws InvalidInput. */
export function readOptions(args: readonly string[]): Options | undefined {
  const text = { type: 'string' } as const;
  const values = parseArguments('soak', args, {
    minutes: text,
    sanitizer: text,
    seed: text,
    json: text,
    help: { type: 'boolean', short: 'h' },
  });
  if (values.help) return undefined;
  const { seed, json } = values;
  return {
    minutes: whole('--minutes', values.minutes ?? '30', 1, 100_000),
    sanitizer: sanitizerOf(values.sanitizer ?? 'none'),
    ...(seed !== undefined && { seed: whole('--seed', seed, 1, 0x7fffffff) }),
    ...(json !== undefined && { json }),
  };
}

function sanitizerOf(name: string): Sanitizer | 'none' {
  if (name === 'none' || Object.hasOwn(SANITIZED, name)) return name as Sanitizer | 'none';
  throw new InvalidInput({
    thing: '--sanitizer',
    problem: `there is no '${name}'`,
    remedy: `give one of ${SANITIZERS.join(', ')}`,
  });
}
