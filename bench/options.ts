import { parseArgs } from 'node:util';
import { InvalidInput } from '../src/values/errors.js';

/** What can be measured, in the order of a round. */
export const SUBJECTS = ['vhost-switch', 'uplink', 'bare', 'ovs'] as const;
export type SubjectName = (typeof SUBJECTS)[number];

/** Beside the subjects, `--only` may name these: many ports, starting, domain XML from specs. */
const PARTS = [...SUBJECTS, 'scale', 'start', 'specs'] as const;
export type Part = (typeof PARTS)[number];

export interface Options {
  only: Part[];
  /** Frame sizes in bytes, without FCS. */
  sizes: number[];
  rounds: number;
  /** Measured seconds of each run. */
  seconds: number;
  /** Niceness of forwarder and generator; below 0 on a machine that is shared. */
  nice: number;
  json?: string | undefined;
  svg?: string | undefined;
}

export const USAGE = `Usage: npm run bench -- [OPTION]...
Measures vhost-switch, a bare rte_vhost copy loop and Open vSwitch in turn.

  --only PART,...   of vhost-switch, uplink, bare, ovs, scale, start, specs (all)
  --sizes N,...     frame sizes without FCS, 64-1514 (64,1514)
  --rounds N        rounds, 1-100 (5)
  --seconds N       measured seconds of each run, 1-600 (4)
  --nice N          niceness of forwarder and generator, -20-19 (0); below 0 where others work
  --json FILE       write everything that was measured
  --svg FILE        draw a chart
  --help
`;

/** Reads the arguments; undefined: help was asked for. Throws InvalidInput. */
export function readOptions(args: string[]): Options | undefined {
  const { values } = parse(args);
  if (values.help) return undefined;
  return {
    only: values.only === undefined ? [...PARTS] : parts(values.only),
    sizes: (values.sizes ?? '64,1514').split(',').map((text) => whole('--sizes', text, 64, 1514)),
    rounds: whole('--rounds', values.rounds ?? '5', 1, 100),
    seconds: whole('--seconds', values.seconds ?? '4', 1, 600),
    nice: whole('--nice', values.nice ?? '0', -20, 19),
    json: values.json,
    svg: values.svg,
  };
}

function parse(args: string[]) {
  const text = { type: 'string' } as const;
  const options = {
    only: text,
    sizes: text,
    rounds: text,
    seconds: text,
    nice: text,
    json: text,
    svg: text,
    help: { type: 'boolean', short: 'h' },
  } as const;
  try {
    return parseArgs({ args, options });
  } catch (error) {
    const problem = error instanceof Error ? error.message.replace(/\.$/, '') : String(error);
    throw new InvalidInput({ thing: 'bench', problem, remedy: 'see npm run bench -- --help' });
  }
}

function parts(list: string): Part[] {
  const named = list.split(',');
  const wrong = named.find((name) => !PARTS.some((part) => part === name));
  if (wrong !== undefined) throw invalid('--only', wrong, `some of ${PARTS.join(', ')}`);
  return PARTS.filter((part) => named.includes(part));
}

function whole(option: string, text: string, min: number, max: number): number {
  const value = /^-?\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw invalid(option, text, `a whole number from ${min} to ${max}`);
}

function invalid(option: string, value: string, wanted: string): InvalidInput {
  return new InvalidInput({
    thing: option,
    problem: `'${value}' is not possible`,
    remedy: `give ${wanted}`,
  });
}
