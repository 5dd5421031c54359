/** The scenarios of published comparisons: forwarders between guests and devices, beside each other. */
import { bare, floor } from './bare.js';
import type { Also, Options } from './options.js';
import { openVSwitch } from './ovs.js';
import { type PairRun, type PairSummary, passes, runPair, summarizePairs } from './pairs.js';
import type { Report } from './report.js';
import type { Stand } from './stand.js';
import type { Step } from './steps.js';
import type { Found, Running, Side, Subject } from './subject.js';
import { testpmd } from './testpmd.js';
import { relayBetween, switchBetween } from './vhost-switch.js';

/**
 * What is at the two sides. A device is a memif, whose other end the load has. In `loopback` the
 * device's frames come to a guest, which sends them back.
 */
const SIDES = {
  'guest-guest': ['guest', 'guest'],
  'guest-device': ['guest', 'device'],
  'device-device': ['device', 'device'],
  loopback: ['device', 'guest'],
} as const satisfies Record<string, readonly [Side, Side]>;

export type Scenario = keyof typeof SIDES;
export const SCENARIOS = Object.keys(SIDES) as Scenario[];

/** As often a frame passes the forwarder. */
export const PASSINGS: Record<Scenario, number> = {
  ...{ 'guest-guest': 1, 'guest-device': 1, 'device-device': 1, loopback: 2 },
};

export interface ScenarioRun extends PairRun {
  scenario: Scenario;
}

export interface ScenarioSummary extends PairSummary {
  scenario: Scenario;
}

/** Who can do it: testpmd without a look-up, Open vSwitch, and those that know guests only. */
export async function foundFor(
  scenario: Scenario,
  also: readonly Also[],
  dpdk: string,
): Promise<Found[]> {
  const sides = SIDES[scenario];
  const ours = await Promise.all([undefined, ...also].map((one) => switchBetween(sides, one)));
  const guestsOnly = sides.every((side) => side === 'guest');
  return [
    ...[...ours, ...(guestsOnly ? [await floor(), await bare(dpdk)] : [])],
    ...(scenario === 'guest-device' ? [await relayBetween(sides)] : []),
    await testpmd(dpdk, sides),
  ]
    .map((subject): Found => ({ subject }))
    .concat(await openVSwitch({ sides }));
}

/** As the load is told of them. */
export function forLoad(running: Running, scenario: Scenario): Running {
  const [a, b] = running.sockets;
  const named = (path: string, i: 0 | 1): string =>
    SIDES[scenario][i] === 'device' ? `memif${running.queue || ''}:${path}` : path;
  return { ...running, sockets: [named(a, 0), named(b, 1)] };
}

export interface ScenarioConditions extends Pick<Options, 'rounds' | 'sizes'> {
  stand: Stand;
  /** runPair(), or a stand-in. */
  measure?: typeof runPair;
}

/** Passes as between guests: full windows, both sides at once. */
export function scenarioSteps(
  scenario: Scenario,
  all: readonly Subject[],
  { measure = runPair, ...on }: ScenarioConditions,
  report: Report,
): Step[] {
  const mode = scenario === 'loopback' ? 'back' : 'window';
  const here: typeof runPair = (running, stand, size) =>
    measure(forLoad(running, scenario), stand, size, mode);
  const steps = passes(all, { ...on, measure: here }, (run) => {
    const { runs = [], summary = [] } = report.scenarios ?? {};
    runs.push({ scenario, ...run });
    const mine = runs.filter((one) => one.scenario === scenario);
    report.scenarios = {
      runs,
      summary: [
        ...summary.filter((one) => one.scenario !== scenario),
        ...summarizePairs(mine, all).map((one) => ({ scenario, ...one })),
      ],
    };
  });
  return steps.map(({ what, run }) => ({ what: `${scenario}, ${what}`, run }));
}
