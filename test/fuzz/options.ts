import { parseArguments, whole } from '../../bench/arguments.js';
import { InvalidInput } from '../../src/values/errors.js';
import { isTarget, TARGETS, type Target } from './targets.js';

export interface Options {
  targets: Target[];
  /** In all; the targets share the processors. */
  minutes?: number;
  /** Of each target, instead. */
  seconds?: number;
  /** Undefined: another one at each run. */
  seed?: number;
  keep: boolean;
  /** Begins with the kept corpus only, and leaves none behind. */
  fresh: boolean;
  json?: string;
  results?: string;
}

export const USAGE = `Usage: npm run fuzz -- [OPTION]...
Runs the fuzz targets of native/, built with AddressSanitizer and UndefinedBehaviorSanitizer, on all
processors. Inputs that reach something new are put into build/fuzz/NAME, and the next run begins with
them and with those of test/corpus/NAME.hex. An input that fails is written to build/fuzz/findings.

  --minutes N      in all; the targets share the processors alike (10)
  --seconds N      of each target, instead of --minutes
  --target NAME    only this one; may be repeated: ${TARGETS.join(', ')}
  --seed N         libFuzzer's, for the same inputs in the same order (a new one each time)
  --keep           adds inputs that reach code which those of test/corpus do not, to these
  --fresh          begins with test/corpus only and leaves no inputs in build/fuzz
  --json FILE      writes the figures
  --results FILE   writes a line for each target in the form of meson's log of tests
  --help

Examples:
  npm run fuzz -- --minutes 120 --keep
  npm run fuzz -- --minutes 30 --target ring --target vhost --seed 7
  build/native-asan/ring/ring_fuzz build/fuzz/findings/ring-crash-…     runs a finding again

Exit code: 0 no target failed, 1 one did, or could not be run, 2 wrong options, 130 Ctrl-C.
`;

/** Reads the arguments; undefined: help was asked for. Throws InvalidInput. */
export function readOptions(args: readonly string[]): Options | undefined {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  const values = parseArguments('fuzz', args, {
    minutes: text,
    seconds: text,
    target: { type: 'string', multiple: true },
    seed: text,
    keep: flag,
    fresh: flag,
    json: text,
    results: text,
    help: { type: 'boolean', short: 'h' },
  });
  if (values.help) return undefined;
  const { minutes, seconds, seed, json, results } = values;
  if (minutes !== undefined && seconds !== undefined) {
    throw new InvalidInput({
      thing: '--seconds',
      problem: '--minutes is given, too',
      remedy: 'give one of them',
    });
  }
  return {
    targets: chosen(values.target),
    ...(seconds === undefined
      ? { minutes: whole('--minutes', minutes ?? '10', 1, 100_000) }
      : { seconds: whole('--seconds', seconds, 1, 1_000_000) }),
    ...(seed !== undefined && { seed: whole('--seed', seed, 1, 0x7fffffff) }),
    keep: values.keep ?? false,
    fresh: values.fresh ?? false,
    ...(json !== undefined && { json }),
    ...(results !== undefined && { results }),
  };
}

function chosen(names: readonly string[] | undefined): Target[] {
  for (const name of names ?? []) {
    if (isTarget(name)) continue;
    throw new InvalidInput({
      thing: '--target',
      problem: `there is no '${name}'`,
      remedy: `give one of ${TARGETS.join(', ')}`,
    });
  }
  return names === undefined ? [...TARGETS] : TARGETS.filter((target) => names.includes(target));
}
