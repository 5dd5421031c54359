/**
 * Measures vhost-switch against a bare rte_vhost loop and Open vSwitch: `npm run bench`.
 * stdout has the table, stderr the progress. Exits with 0 if everything was measured.
 */
import { writeFile } from 'node:fs/promises';
import { reserve } from '../lab/huge-pages.js';
import { interruptedBy } from '../lab/interrupted.js';
import { progress } from '../lab/progress.js';
import { slowness } from '../lab/slow.js';
import { Failed, VmlaneError } from '../src/values/errors.js';
import { bare } from './bare.js';
import { chart } from './chart.js';
import { GENERATOR_PAGES } from './generator.js';
import { dpdkVersion, machine } from './machine.js';
import { measure } from './measure.js';
import { type Options, readOptions, USAGE } from './options.js';
import { openVSwitch } from './ovs.js';
import type { Report } from './report.js';
import { writeResults } from './results.js';
import { roundSteps } from './rounds.js';
import { scalePart } from './scale.js';
import { specsPart } from './specs.js';
import { startParts } from './start.js';
import { carryOut, type NotMeasured, type Part } from './steps.js';
import type { Found, Subject } from './subject.js';
import { testpmd } from './testpmd.js';
import { text } from './text.js';
import { policies, relay, switched, uplink, vhostSwitch } from './vhost-switch.js';

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
    if (options.svg && report.summary.length > 0) await writeFile(options.svg, chart(report));
  }
  if (report.notMeasured.length > 0) process.exitCode ??= 1;
}

async function prepare(options: Options): Promise<{ report: Report; subjects: Subject[] }> {
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
  const subjects: Subject[] = [];
  for (const one of await found(options, dpdk)) {
    if ('subject' in one) {
      const { name, version, beside } = one.subject;
      subjects.push(one.subject);
      report.subjects.push({ name, ...(beside === undefined ? {} : { beside }) });
      report.versions[name] = `${name}: ${version}`;
    } else {
      say(`without ${one.name}: ${one.missing}`);
      report.missing[one.name] = one.missing;
    }
  }
  const { cores } = report.machine;
  if (cores < 2 && (subjects.length > 0 || options.only.includes('scale'))) throw tooSmall(cores);
  return { report, subjects };
}

/** Other builds, compared with this one. */
async function found({ only, also }: Options, dpdk: string): Promise<Found[]> {
  const all: Found[] = [];
  for (const [name, subject] of [
    ['vhost-switch', vhostSwitch],
    ['uplink', uplink],
    ['relay', relay],
    ['switched', switched],
  ] as const) {
    if (!only.includes(name)) continue;
    all.push({ subject: await subject() });
    for (const other of also) all.push({ subject: await subject(other) });
  }
  if (only.includes('policies')) all.push({ subject: await policies() });
  if (only.includes('testpmd')) all.push({ subject: await testpmd(dpdk) });
  if (only.includes('bare')) all.push({ subject: await bare(dpdk) });
  if (only.includes('ovs')) all.push(await openVSwitch());
  return all;
}

function parts(options: Options, subjects: Subject[], report: Report): Part[] {
  const { only } = options;
  const on = { ...options, signal: interrupted };
  const all: Part[] = [];
  if (subjects.length > 0) {
    // One forwarder runs at a time, along with the generator.
    const pages = GENERATOR_PAGES + Math.max(...subjects.map((subject) => subject.pages));
    all.push({ pages, steps: roundSteps(subjects, { ...on, measure }, report) });
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
