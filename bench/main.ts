/**
 * Measures vhost-switch against a bare rte_vhost loop, Open vSwitch and others: `npm run bench`.
 * stdout has the table, stderr the progress. Exits with 0 if everything was measured.
 */
import { writeFile } from 'node:fs/promises';
import { reserve } from '../lab/huge-pages.js';
import { interruptedBy } from '../lab/interrupted.js';
import { slowness } from '../lab/slow.js';
import { progress } from '../src/trial/progress.js';
import { Failed, VmlaneError } from '../src/values/errors.js';
import { bare, floor } from './bare.js';
import { chart } from './chart.js';
import { GENERATOR_PAGES } from './generator.js';
import { largeSteps } from './large.js';
import { latencySteps } from './latency.js';
import { LOAD_PAGES } from './load.js';
import { dpdkVersion, machine } from './machine.js';
import { measure } from './measure.js';
import { type Options, readOptions, USAGE } from './options.js';
import { openVSwitch } from './ovs.js';
import { pairSteps, runPair } from './pairs.js';
import { peer } from './peer.js';
import type { Report } from './report.js';
import { writeResults } from './results.js';
import { noDropSteps } from './rfc2544.js';
import { roundSteps } from './rounds.js';
import { sample } from './sample.js';
import { scalePart } from './scale.js';
import { foundFor, type Scenario, scenarioSteps } from './scenarios.js';
import { specsPart } from './specs.js';
import { Stand } from './stand.js';
import { startParts } from './start.js';
import { carryOut, type NotMeasured, type Part, type Step } from './steps.js';
import type { Counting, Found, Subject } from './subject.js';
import { testpmd } from './testpmd.js';
import { text } from './text.js';
import {
  captured,
  idleKinds,
  largeSwitch,
  policies,
  relay,
  switched,
  uplink,
  vhostSwitch,
} from './vhost-switch.js';

/** A run that fails on a busy machine gets two more tries. */
const TRIES = 3;
const PAUSE_MS = 5000;

const say = progress(Date.now(), (line) => process.stderr.write(line));
const interrupted = interruptedBy(say, 'cleaning up');

async function bench(options: Options): Promise<void> {
  const { report, subjects } = await prepare(options);
  const keep = async (notMeasured: NotMeasured[]): Promise<void> => {
    report.notMeasured = notMeasured;
    if (options.json) writeResults(options.json, `${JSON.stringify(report, null, 2)}\n`);
  };
  try {
    const how = { tries: TRIES, pauseMs: PAUSE_MS };
    await carryOut(parts(options, subjects, report), {
      reserve,
      say,
      signal: interrupted,
      keep,
      ...how,
    });
  } finally {
    process.stdout.write(text(report));
    const drawn = options.svg && chart(report);
    if (options.svg && drawn) await writeFile(options.svg, drawn);
    else if (options.svg)
      say(`${options.svg}: not written, as nothing was measured that has a chart`);
  }
  if (report.notMeasured.length > 0) process.exitCode ??= 1;
}

/** All forwarders that can run here; each in what it takes part in. */
interface Forwarders {
  pairs: Subject[];
  devices: Subject<Counting>[];
  latency: Subject[];
  large: Subject[];
  /** By scenario. */
  scenarios: Map<Scenario, Subject[]>;
}

async function prepare(options: Options): Promise<{ report: Report; subjects: Forwarders }> {
  const dpdk = await dpdkVersion();
  const report: Report = {
    date: new Date().toISOString(),
    machine: await machine(),
    versions: { dpdk: `DPDK ${dpdk}` },
    missing: {},
    subjects: [],
    rounds: options.rounds,
    seconds: options.seconds,
    runs: [],
    summary: [],
    notMeasured: [],
  };
  const here = (all: Found[]): Subject[] =>
    all.flatMap((one) => {
      if ('subject' in one) return [one.subject];
      if (report.missing[one.name] === undefined) say(`without ${one.name}: ${one.missing}`);
      report.missing[one.name] = one.missing;
      return [];
    });
  const subjects = {
    pairs: here(await foundPairs(options, dpdk)),
    devices: await foundDevices(options, dpdk),
    latency: options.only.includes('latency')
      ? here([...(await idleKinds()).map((subject) => ({ subject })), await openVSwitch()])
      : [],
    large: options.only.includes('large') ? here(await foundLarge(options)) : [],
    scenarios: new Map<Scenario, Subject[]>(),
  };
  if (options.only.includes('scenarios') || options.only.includes('rfc2544'))
    for (const one of options.scenarios)
      subjects.scenarios.set(one, here(await foundFor(one, options.also, dpdk)));
  const { scenarios, ...others } = subjects;
  for (const { name, version, beside } of [
    ...Object.values(others),
    ...scenarios.values(),
  ].flat()) {
    if (report.versions[name] === undefined) {
      report.subjects.push({ name, ...(beside === undefined ? {} : { beside }) });
    }
    report.versions[name] = `${name}: ${version}`;
  }
  const { cores } = report.machine;
  const two = report.subjects.length > 0 || options.only.includes('scale');
  if (cores < 2 && two) throw tooSmall(cores);
  return { report, subjects };
}

/** Other builds, compared with this one, and other switches. */
async function foundPairs({ only, also, peers }: Options, dpdk: string): Promise<Found[]> {
  const all: Found[] = [];
  if (only.includes('vhost-switch')) {
    all.push({ subject: await vhostSwitch() });
    for (const other of also) all.push({ subject: await vhostSwitch(other) });
  }
  if (only.includes('policies')) all.push({ subject: await policies() });
  if (only.includes('captured')) all.push({ subject: await captured() });
  if (only.includes('floor')) all.push({ subject: await floor() });
  if (only.includes('bare')) all.push({ subject: await bare(dpdk) });
  if (only.includes('sample')) all.push(await sample(dpdk));
  if (only.includes('ovs')) all.push(await openVSwitch());
  for (const one of peers) all.push({ subject: peer(one) });
  return all;
}

async function foundLarge({ also }: Options): Promise<Found[]> {
  const all: Found[] = [{ subject: await largeSwitch() }];
  for (const other of also) all.push({ subject: await largeSwitch(other) });
  return [...all, await openVSwitch({ segments: true })];
}

async function foundDevices({ only, also }: Options, dpdk: string): Promise<Subject<Counting>[]> {
  const all: Subject<Counting>[] = [];
  for (const [name, subject] of [
    ['uplink', uplink],
    ['relay', relay],
    ['switched', switched],
  ] as const) {
    if (!only.includes(name)) continue;
    all.push(await subject());
    for (const other of also) all.push(await subject(other));
  }
  if (only.includes('testpmd')) all.push(await testpmd(dpdk));
  return all;
}

function parts(
  options: Options,
  { pairs, devices, latency, large, scenarios }: Forwarders,
  report: Report,
): Part[] {
  const { only, nice } = options;
  const on = { ...options, signal: interrupted };
  const all: Part[] = [];
  // All of them run at once, each but one stopped.
  const kept = (subjects: readonly Subject[], steps: (stand: Stand) => Step[]): void => {
    if (subjects.length === 0) return;
    const stand = new Stand(nice, interrupted);
    const pages = LOAD_PAGES + subjects.reduce((sum, subject) => sum + subject.pages, 0);
    all.push({ pages, steps: steps(stand), end: () => stand.end() });
  };
  kept(pairs, (stand) => pairSteps(pairs, { ...on, stand, measure: runPair }, report));
  for (const [scenario, subjects] of scenarios)
    kept(subjects, (stand) => [
      ...(only.includes('scenarios')
        ? scenarioSteps(scenario, subjects, { ...on, stand }, report)
        : []),
      ...(only.includes('rfc2544')
        ? noDropSteps(scenario, subjects, { ...on, stand }, report)
        : []),
    ]);
  kept(large, (stand) => largeSteps(large, { ...on, stand }, report));
  kept(latency, (stand) => latencySteps(latency, { ...on, stand }, report));
  if (devices.length > 0) {
    // One forwarder runs at a time, along with the generator.
    const pages = GENERATOR_PAGES + Math.max(...devices.map((subject) => subject.pages));
    all.push({ pages, steps: roundSteps(devices, { ...on, measure }, report) });
  }
  if (only.includes('scale')) all.push(scalePart(on, report));
  if (only.includes('start')) all.push(...startParts(on, report));
  if (only.includes('specs')) all.push(specsPart(on, report));
  return all;
}

function tooSmall(cores: number): Failed {
  return new Failed({
    thing: 'processors',
    problem: `${cores} is here, one forwards and one generates`,
    remedy: 'run it on a machine with two',
  });
}

try {
  const options = readOptions(process.argv.slice(2));
  slowness(); // reported now rather than by each run
  if (!options) process.stdout.write(USAGE);
  else await bench(options);
} catch (error) {
  if (!(error instanceof VmlaneError)) throw error;
  process.stderr.write(`bench: ${error.message}\n`);
  process.exitCode = error.exitCode;
}
