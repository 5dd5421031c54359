/**
 * Measures vhost-switch against a bare rte_vhost loop and Open vSwitch: `npm run bench`.
 * stdout has the table, stderr what is going on. Exits with 0 when everything was measured.
 */
import { writeFile } from 'node:fs/promises';
import { constants } from 'node:os';
import { type Reservation, reserve } from '../lab/huge-pages.js';
import { progress } from '../lab/progress.js';
import { Failed, InvalidInput, VmlaneError } from '../src/values/errors.js';
import { bare } from './bare.js';
import { chart } from './chart.js';
import { GENERATOR_PAGES } from './generator.js';
import { dpdkVersion, machine } from './machine.js';
import { measure } from './measure.js';
import { type Options, readOptions, USAGE } from './options.js';
import { openVSwitch } from './ovs.js';
import { type Measured, type Report, summarize } from './report.js';
import { measureScale } from './scale.js';
import { measureSpecs } from './specs.js';
import { measureStart } from './start.js';
import type { Found, Subject } from './subject.js';
import { text } from './text.js';
import { uplink, vhostSwitch } from './vhost-switch.js';

const say = progress(Date.now(), (line) => process.stderr.write(line));
const interrupted = new AbortController();

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    if (interrupted.signal.aborted) return;
    say(`${signal}: cleaning up`);
    process.exitCode = 128 + constants.signals[signal];
    interrupted.abort(new Error('interrupted'));
  });
}

async function bench(options: Options): Promise<void> {
  const here = await machine();
  const dpdk = await dpdkVersion();
  const found = await subjects(options, dpdk);
  const report: Report = {
    date: new Date().toISOString(),
    machine: here,
    versions: { dpdk: `DPDK ${dpdk}` },
    missing: {},
    rounds: options.rounds,
    seconds: options.seconds,
    runs: [],
    summary: [],
  };
  const all: Subject[] = [];
  for (const one of found) {
    if ('subject' in one) {
      all.push(one.subject);
      report.versions[one.subject.name] = `${one.subject.name}: ${one.subject.version}`;
    } else {
      say(`without ${one.name}: ${one.missing}`);
      report.missing[one.name] = one.missing;
    }
  }
  if (here.cores < 2) throw tooSmall(here.cores);
  const pages = await hugePages(all);
  try {
    report.runs = await rounds(all, options);
    report.summary = summarize(report.runs);
    if (options.only.includes('scale')) {
      report.scale = await measureScale({ ...options, say, signal: interrupted.signal });
    }
    if (options.only.includes('start')) {
      say('starting');
      report.start = await measureStart({ ...options, signal: interrupted.signal });
    }
    if (options.only.includes('specs')) {
      say('domain XML from specs');
      report.specs = await measureSpecs({ ...options, signal: interrupted.signal });
    }
  } finally {
    await pages.release();
  }
  if (options.json) await writeFile(options.json, `${JSON.stringify(report, null, 2)}\n`);
  if (options.svg) await writeFile(options.svg, chart(report));
  process.stdout.write(text(report));
}

async function subjects({ only }: Options, dpdk: string): Promise<Found[]> {
  const found: Found[] = [];
  if (only.includes('vhost-switch')) found.push({ subject: await vhostSwitch() });
  if (only.includes('uplink')) found.push({ subject: await uplink() });
  if (only.includes('bare')) found.push({ subject: await bare(dpdk) });
  if (only.includes('ovs')) found.push(await openVSwitch());
  return found;
}

async function rounds(all: Subject[], options: Options): Promise<Measured[]> {
  const { seconds, nice, sizes } = options;
  const runs: Measured[] = [];
  for (let round = 1; round <= options.rounds; round++) {
    for (const size of sizes) {
      for (const subject of all) {
        const { signal } = interrupted;
        const run = await measure(subject, { size, seconds, nice, signal });
        runs.push({ subject: subject.name, size, round, ...run });
        const { cycles, pps, busy, used, slices, drops, disturbed } = run;
        say(
          `round ${round}, ${size} B, ${subject.name}: ${cycles.toFixed(0)} cycles/packet, ` +
            `${(pps / 1e6).toFixed(2)} Mpps, ${(busy * 100).toFixed(0)} % busy, ` +
            `${used} of ${slices} slices used, ${(disturbed * 100).toFixed(1)} % disturbed${drops > 0 ? `, ${drops} dropped` : ''}`,
        );
      }
    }
  }
  return runs;
}

/** One forwarder runs at a time, beside the generator. */
async function hugePages(all: Subject[]): Promise<Reservation> {
  const wanted = all.length > 0 ? GENERATOR_PAGES + Math.max(...all.map(({ pages }) => pages)) : 0;
  const pages = await reserve(wanted);
  if (pages.shortage === '') return pages;
  await pages.release();
  throw new Failed({
    thing: 'huge pages',
    problem: `${wanted} of 2 MiB are needed, ${pages.shortage}`,
    remedy: 'free memory or reserve them at boot, and run as root',
  });
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
  if (!options) process.stdout.write(USAGE);
  else await bench(options);
} catch (error) {
  if (!interrupted.signal.aborted) {
    if (!(error instanceof VmlaneError)) throw error;
    process.stderr.write(`bench: ${error.message}\n`);
    process.exitCode = error instanceof InvalidInput ? 2 : 1;
  }
}
