import type { Run } from './figures.js';
import type { measure } from './measure.js';
import type { Options } from './options.js';
import { type Report, summarize } from './report.js';
import { inTurn, type Step } from './steps.js';
import type { Counting, Subject } from './subject.js';

export interface RoundConditions extends Pick<Options, 'rounds' | 'sizes' | 'seconds' | 'nice'> {
  signal: AbortSignal;
  /** measure() of measure.ts. */
  measure: typeof measure;
}

/**
 * Every subject at every frame size once per round. Every second round runs in reverse order, so
 * that drifts over time, and effects of the previous run, affect all alike.
 */
export function roundSteps(
  all: readonly Subject<Counting>[],
  on: RoundConditions,
  report: Report,
): Step[] {
  const steps: Step[] = [];
  for (let round = 1; round <= on.rounds; round++) {
    for (const size of on.sizes) {
      for (const subject of inTurn(all, round)) {
        const what = `round ${round}, ${size} B, ${subject.name}`;
        steps.push({
          what,
          run: async () => {
            const { seconds, nice, signal } = on;
            const run = await on.measure(subject, { size, seconds, nice, signal });
            report.runs.push({ subject: subject.name, size, round, ...run });
            report.summary = summarize(report.runs, report.subjects);
            return describe(run);
          },
        });
      }
    }
  }
  return steps;
}

function describe({ cycles, pps, busy, used, slices, drops, disturbed }: Run): string {
  return (
    `${cycles.toFixed(0)} cycles/packet, ${(pps / 1e6).toFixed(2)} Mpps, ` +
    `${(busy * 100).toFixed(0)} % busy, ${used} of ${slices} slices used, ` +
    `${(disturbed * 100).toFixed(1)} % disturbed${drops > 0 ? `, ${drops} dropped` : ''}`
  );
}
