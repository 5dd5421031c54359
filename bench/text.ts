import type { Spread } from './figures.js';
import { describeMachine } from './machine.js';
import { largeTable, latencyTable, noDropTable, pairTable } from './pair-text.js';
import { withoutRuns } from './pairs.js';
import type { Report, Summary } from './report.js';
import { PASSINGS, SCENARIOS } from './scenarios.js';

/** The report as text. */
export function text(report: Report): string {
  const { rounds, seconds, summary, scale, start, specs } = report;
  const lines = [describeMachine(report.machine)];
  lines.push(Object.values(report.versions).join('; '));
  for (const [name, why] of Object.entries(report.missing)) lines.push(`without ${name}: ${why}`);
  if (report.pairs && report.pairs.summary.length > 0) {
    lines.push(
      '',
      'guest to guest: TSC cycles of a full window, a frame; quartiles of runs in brackets',
    );
    lines.push('near, far: whether the two processors shared a cache; ratios are those of p10', '');
    lines.push(...columns(pairTable(report.pairs.summary)));
    lines.push('', ...withoutRuns(report).map((line) => `missing: ${line}`));
  }
  const moved = report.pairs?.runs.filter(({ place }) => place === 'moved').length ?? 0;
  if (moved > 0) lines.push(`${moved} runs left out: the host moved the processors meanwhile`);
  for (const scenario of SCENARIOS) {
    const mine = report.scenarios?.summary.filter((one) => one.scenario === scenario) ?? [];
    if (mine.length === 0) continue;
    const twice = PASSINGS[scenario] > 1 ? ', each time it passes the forwarder' : '';
    lines.push('', `${scenario}: TSC cycles of a full window, a frame${twice}`, '');
    lines.push(...columns(pairTable(mine)));
  }
  if (report.rfc2544 && report.rfc2544.summary.length > 0) {
    const { trialSeconds, resolution, summary } = report.rfc2544;
    lines.push(
      '',
      `RFC 2544: frames a second, one way or there and back, of which none was lost in ${trialSeconds} s;`,
      `within ${resolution * 100} % of where the search began; medians, beside cycles a frame of full windows`,
      '',
    );
    lines.push(...columns(noDropTable(summary)));
    lines.push('');
    if (summary.some(({ loadBound }) => loadBound))
      lines.push('g: at least; the load sends no more');
    if (summary.some(({ disturbed }) => disturbed))
      lines.push('d: others had the processors in all trials of a rate; the figure may be too low');
  }
  if (report.large && report.large.summary.length > 0) {
    lines.push(
      '',
      'TCP segments of 64 KiB, guest to guest: Gbit/s of the core that forwards; quartiles of',
      'runs in brackets; ratios are those of p90',
      '',
    );
    lines.push(...columns(largeTable(report.large.summary)));
  }
  if (report.latency && report.latency.summary.length > 0) {
    lines.push(
      '',
      'round trip in ns, medians of runs: of single frames, at once and after silence; then at a',
    );
    lines.push('share of what windows achieve', '');
    lines.push(...columns(latencyTable(report.latency.summary)));
  }
  if (summary.length > 0) {
    lines.push(
      '',
      `guest and device: medians of ${rounds} rounds of ${seconds} s, least–most in brackets`,
      '',
    );
    lines.push(...columns(table(summary, rounds)));
    lines.push('', ...notes(summary));
  }
  if (scale && scale.cases.length > 0) {
    lines.push('', 'scale: busy cycles per 64-byte frame, ratio to the first line', '');
    const cases = scale.cases.map(({ name, cycles, ratio }) => [
      name,
      figure(cycles, 0),
      `${ratio.toFixed(2)} ×`,
    ]);
    lines.push(...columns([['case', 'cycles/packet', 'ratio'], ...cases]));
  }
  if (start) {
    lines.push('', 'start: until the first vhost-user socket is there, and memory then', '');
    const rows = start.map(({ pages, socketMs, residentMiB, hugeMiB }) => [
      pages,
      `${figure(socketMs, 0)} ms`,
      `${residentMiB.toFixed(0)} MiB`,
      `${hugeMiB.toFixed(0)} MiB`,
    ]);
    lines.push(...columns([['memory', 'first socket', 'resident', 'huge pages'], ...rows]));
  }
  if (specs) {
    const slowest = Math.min(...specs.map(({ perSecond }) => perSecond.median));
    lines.push('', 'domain XML of one guest: domains a second, ratio to the slowest', '');
    const rows = specs.map(({ name, perSecond }) => [
      name,
      figure(perSecond, perSecond.median < 100 ? 2 : 0),
      `${(perSecond.median / slowest).toFixed(1)} ×`,
    ]);
    lines.push(...columns([['made by', 'domains/s', 'ratio'], ...rows]));
  }
  lines.push('', ...notMeasured(report));
  return `${lines
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trimEnd()}\n`;
}

const HEADINGS = ['frame', 'forwarder', 'Mpps', 'cycles/packet', 'busy', ''];

function table(summary: readonly Summary[], rounds: number): string[][] {
  const rows = [HEADINGS, ...summary.map((one) => row(one, rounds))];
  // Only for comparisons of builds.
  if (summary.some(({ toThis }) => toThis)) {
    for (const [index, cells] of rows.entries()) {
      const ratio = summary[index - 1]?.toThis;
      cells.splice(4, 0, index === 0 ? '/ this build' : ratio ? figure(ratio, 3) : '');
    }
  }
  // Only where it forwards, too.
  if (summary.some(({ toTestpmd }) => toTestpmd)) {
    for (const [index, cells] of rows.entries()) {
      const ratio = summary[index - 1]?.toTestpmd;
      cells.splice(cells.length - 2, 0, index === 0 ? '/ testpmd' : (ratio?.toFixed(2) ?? ''));
    }
  }
  return rows;
}

function row(one: Summary, rounds: number): string[] {
  const marks = [
    one.generatorBound ? 'g' : '',
    one.disturbed ? 'd' : '',
    one.rounds < rounds ? `${one.rounds} of ${rounds} rounds` : '',
    one.drops > 0 ? `${one.drops} dropped` : '',
  ];
  return [
    `${one.size} B`,
    one.subject,
    figure({ median: one.pps.median / 1e6, min: one.pps.min / 1e6, max: one.pps.max / 1e6 }, 2),
    figure(one.cycles, 0),
    `${Math.round(one.busy * 100)} %`,
    marks.filter(Boolean).join(' '),
  ];
}

/** Grouped by reason, as one reason often affects many runs. */
function notMeasured({ notMeasured: all }: Report): string[] {
  const reasons = new Set(all.map(({ why }) => why));
  return [...reasons].map((reason) => {
    const mine = all.filter(({ why }) => why === reason).map(({ what }) => what);
    return `not measured: ${mine.join('; ')}: ${reason}`;
  });
}

function notes(summary: readonly Summary[]): string[] {
  const lines = ['cycles/packet: TSC cycles of polls that found packets, by packet'];
  if (summary.some((one) => one.generatorBound)) {
    lines.push('g: the generator was the limit, the forwarder idled; only cycles count');
  }
  if (summary.some((one) => one.disturbed)) {
    lines.push('d: others used the processor all the time; the figures are too high');
  }
  if (summary.some(({ toThis }) => toThis)) {
    lines.push('/ this build: cycles divided by those of this build in the same round');
  }
  return lines;
}

function figure({ median, min, max }: Spread, digits: number): string {
  return `${median.toFixed(digits)} (${min.toFixed(digits)}–${max.toFixed(digits)})`;
}

/** Columns two spaces apart; the first two left-aligned, numbers right-aligned. */
function columns(rows: string[][]): string[] {
  const widths = (rows[0] ?? []).map((_, i) =>
    Math.max(...rows.map((cells) => cells[i]?.length ?? 0)),
  );
  return rows.map((cells) =>
    cells
      .map((cell, i) => {
        const width = widths[i] ?? 0;
        return i < 2 || i === cells.length - 1 ? cell.padEnd(width) : cell.padStart(width);
      })
      .join('  ')
      .trimEnd(),
  );
}
