import { invalid, parseArguments, whole } from './arguments.js';
import { SCENARIOS, type Scenario } from './scenarios.js';

/** Between two guests, in the order of a pass; between a guest and a device, of a round. */
const PAIRS = ['vhost-switch', 'policies', 'captured', 'floor', 'bare', 'sample', 'ovs'] as const;
const DEVICES = ['uplink', 'relay', 'switched', 'testpmd'] as const;

/** Of all, what another build is measured as, too. */
const BUILDS = [
  'vhost-switch',
  'large',
  'uplink',
  'relay',
  'switched',
  'scenarios',
  'rfc2544',
] as const;

/** Further values of `--only`: scenarios, their no-drop rates, latency, TCP segments of 64 KiB, many ports, starting, domain XML from specs. */
const PARTS = [
  ...[...PAIRS, ...DEVICES],
  ...(['scenarios', 'rfc2544', 'latency', 'large', 'scale', 'start', 'specs'] as const),
] as const;
export type Part = (typeof PARTS)[number];

/** Searches take an hour: who wants them names them. */
const isUsual = (part: Part) => part !== 'rfc2544';

/** Another build of vhost-switch, to be compared with this one. */
export interface Also {
  name: string;
  /** Path of the program. */
  path: string;
}

/** Any vhost-user switch. */
export interface Peer {
  name: string;
  /** Its command, with {0} and {1} in the place of sockets. */
  words: string[];
}

export interface Options {
  only: Part[];
  also: Also[];
  peers: Peer[];
  scenarios: Scenario[];
  /** Frame sizes in bytes, without FCS. */
  sizes: number[];
  rounds: number;
  /** Of RFC 2544's searches. */
  trialSeconds: number;
  /** Measured seconds per run. */
  seconds: number;
  /** Niceness of forwarder and generator; below 0 on a shared machine. */
  nice: number;
  json?: string | undefined;
  svg?: string | undefined;
}

export const USAGE = `Usage: npm run bench -- [OPTION]...
Measures vhost-switch and others in turn. A run that fails is tried again. What was measured is kept
when others fail or on Ctrl-C, and what is missing is listed.

  --only PART,...   guest to guest: vhost-switch, policies, captured (by a filter that takes no
                    frame), floor (one copy, no table), bare (an rte_vhost copy loop), sample (DPDK's), ovs; guest to device: uplink, relay,
                    switched, testpmd; scenarios (the four of --scenarios, the switch beside testpmd
                    and ovs), rfc2544 (the rate at which these lose no frame), latency, large (TCP segments of 64 KiB), scale, start, specs (all but rfc2544)
  --also NAME=PATH  measure this vhost-switch, too, beside vhost-switch, large, uplink, relay,
                    switched and scenarios; may be repeated
  --peer NAME=COMMAND
                    measure this vhost-user switch, too, guest to guest: a program and its words
                    between spaces, {0} and {1} the sockets that it makes; may be repeated
  --scenarios S,... of guest-guest, guest-device, device-device, loopback: a device's frames
                    come to a guest, which sends them back (all)
  --sizes N,...     frame sizes without FCS, 60-1514 (64,1514); rfc2544: its seven for Ethernet
  --rounds N        rounds, 1-100 (5); every second one in reverse order; guest to guest, a round is
                    five passes with runs of 0.3 s
  --seconds N       measured seconds of each other run, 1-600 (4)
  --trial-seconds N of one rate of rfc2544, 1-60 (2); one that lost frames while others had a
                    processor is repeated; a search takes about eight
  --nice N          niceness of forwarder and generator, -20-19 (0); below 0 where others work
  --json FILE       write everything that was measured, anew after each run
  --svg FILE        draw a chart
  --help

Exit code: 0 everything was measured, 1 something is missing, 2 wrong options.
`;

/** Reads the arguments; undefined: help was asked for. Throws InvalidInput. */
export function readOptions(args: readonly string[]): Options | undefined {
  const text = { type: 'string' } as const;
  const values = parseArguments('bench', args, {
    only: text,
    also: { type: 'string', multiple: true },
    peer: { type: 'string', multiple: true },
    scenarios: text,
    sizes: text,
    rounds: text,
    seconds: text,
    'trial-seconds': text,
    nice: text,
    json: text,
    svg: text,
    help: { type: 'boolean', short: 'h' },
  });
  if (values.help) return undefined;
  const only = values.only === undefined ? PARTS.filter(isUsual) : parts(values.only);
  return {
    only,
    also: others(values.also ?? [], only),
    peers: peers(values.peer ?? [], values.also ?? []),
    scenarios: scenarios(values.scenarios),
    sizes: sizes(values.sizes ?? '64,1514'),
    rounds: whole('--rounds', values.rounds ?? '5', 1, 100),
    trialSeconds: whole('--trial-seconds', values['trial-seconds'] ?? '2', 1, 60),
    seconds: whole('--seconds', values.seconds ?? '4', 1, 600),
    nice: whole('--nice', values.nice ?? '0', -20, 19),
    json: values.json,
    svg: values.svg,
  };
}

/** 64 to 1518 bytes, with the FCS that ours are without. */
const RFC2544_SIZES = [64, 128, 256, 512, 1024, 1280, 1518].map((size) => size - 4);

function sizes(list: string): number[] {
  if (list === 'rfc2544') return RFC2544_SIZES;
  return list.split(',').map((size) => whole('--sizes', size, 60, 1514));
}

function scenarios(list?: string): Scenario[] {
  const named = list?.split(',') ?? SCENARIOS;
  const wrong = named.find((name) => !SCENARIOS.some((scenario) => scenario === name));
  if (wrong !== undefined) throw invalid('--scenarios', wrong, `some of ${SCENARIOS.join(', ')}`);
  return SCENARIOS.filter((scenario) => named.includes(scenario));
}

function parts(list: string): Part[] {
  const named = list.split(',');
  const wrong = named.find((name) => !PARTS.some((part) => part === name));
  if (wrong !== undefined) throw invalid('--only', wrong, `some of ${PARTS.join(', ')}`);
  return PARTS.filter((part) => named.includes(part));
}

function others(given: readonly string[], only: readonly Part[]): Also[] {
  const taken = new Set<string>(PARTS);
  return given.map((text) => {
    const [, name, path] = /^([a-z][\w.-]*)=(.+)$/i.exec(text) ?? [];
    if (name === undefined || path === undefined) {
      throw invalid('--also', text, 'a name and a program, such as before=/old/vhost-switch');
    }
    if (taken.has(name)) throw invalid('--also', text, 'a name that nothing else has');
    taken.add(name);
    if (!BUILDS.some((name) => only.includes(name))) {
      throw invalid('--also', text, `one of ${BUILDS.join(', ')} with --only, to compare it with`);
    }
    return { name, path };
  });
}

function peers(given: readonly string[], also: readonly string[]): Peer[] {
  const taken = new Set<string>([...PARTS, ...also.map((text) => text.replace(/=.*$/s, ''))]);
  return given.map((text) => {
    const [, name, command = ''] = /^([a-z][\w.-]*)=(.+)$/i.exec(text) ?? [];
    const words = command.split(/\s+/).filter(Boolean);
    if (name === undefined || !/\{0\}/.test(command) || !/\{1\}/.test(command)) {
      const wanted = "a name and a command, such as 'other=/opt/switch --port {0} --port {1}'";
      throw invalid('--peer', text, wanted);
    }
    if (taken.has(name)) throw invalid('--peer', text, 'a name that nothing else has');
    taken.add(name);
    return { name, words };
  });
}
