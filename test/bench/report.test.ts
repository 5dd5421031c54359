import { expect, test } from 'vitest';
import { chart } from '../../bench/chart.js';
import { median, quartiles, run, type Sample, spread } from '../../bench/figures.js';
import { type Measured, summarize, summarizeScale } from '../../bench/report.js';
import { text } from '../../bench/text.js';

/** A sample each 100 ms; waited: how long of that others had the processor. */
function samples(steps: { packets: number; busyCycles: number; waited: number }[]): Sample[] {
  const all: Sample[] = [{ busyCycles: 0, packets: 0, drops: 0, tsc: 0, time: 0, waited: 0 }];
  for (const step of steps) {
    const last = all.at(-1) as Sample;
    all.push({
      busyCycles: last.busyCycles + step.busyCycles,
      packets: last.packets + step.packets,
      drops: 0,
      tsc: last.tsc + 2e8,
      time: last.time + 1e8,
      waited: last.waited + step.waited,
    });
  }
  return all;
}

const measured = (subject: Measured['subject'], round: number, cycles: number): Measured => ({
  ...{ subject, size: 64, round, cycles, pps: 1e6, busy: 1, drops: 0, disturbed: 0 },
  ...{ used: 4, slices: 4 },
});

const named = (...names: string[]) => names.map((name) => ({ name }));

test('median and spread', () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 2, 3])).toBe(2.5);
  expect(median([])).toBeNaN();
  expect(spread([3, 1, 2])).toEqual({ median: 2, min: 1, max: 3 });
});

test('slices in which others had the processor do not count', () => {
  const quiet = { packets: 1000, busyCycles: 100_000, waited: 0 };
  const loud = { packets: 100, busyCycles: 100_000, waited: 5e7 };
  expect(run(samples([quiet, loud, quiet, loud, quiet]))).toMatchObject({
    cycles: 100,
    pps: 10_000,
    used: 3,
    slices: 5,
  });
});

test('of too few quiet slices no figure is made', () => {
  const quiet = { packets: 1000, busyCycles: 100_000, waited: 0 };
  const loud = { packets: 100, busyCycles: 100_000, waited: 5e7 };
  expect(() => run(samples([quiet, loud, loud, loud]))).toThrow(
    'processor 0: others had it in 3 of 4 slices',
  );
  expect(run(samples([quiet, loud, loud])).used).toBe(1);
});

test('quartiles', () => {
  expect(quartiles([5, 1, 2, 4, 3])).toEqual({ q1: 2, median: 3, q3: 4 });
  expect(quartiles([2, 1])).toEqual({ q1: 1.25, median: 1.5, q3: 1.75 });
  expect(quartiles([7])).toEqual({ q1: 7, median: 7, q3: 7 });
});

test('ratios are those of the same round', () => {
  const runs = [
    ...[measured('relay', 1, 50), measured('testpmd', 1, 100)],
    // Everything was twice as slow.
    ...[measured('relay', 2, 100), measured('testpmd', 2, 200)],
    ...[measured('relay', 3, 60), measured('testpmd', 3, 100)],
  ];
  const [own, other] = summarize(runs, named('relay', 'testpmd'));
  expect(own).toMatchObject({ subject: 'relay', toTestpmd: 0.5 });
  expect(own?.cycles).toEqual({ median: 60, min: 50, max: 100 });
  expect(other).not.toHaveProperty('toTestpmd');
});

test('what is shown names the machine, what is missing, and what limited it', () => {
  const machine = { cpu: 'A', cores: 2, kernel: '6.1', memoryMiB: 1024, hypervisor: true };
  const runs = [{ ...measured('vhost-switch', 1, 50), busy: 0.5 }];
  const cases = [{ ports: 2, addresses: 2 }];
  const scale = summarizeScale(cases, [{ ...cases[0], ...runs[0] } as never]);
  const report = {
    ...{ date: '', machine, versions: { dpdk: 'DPDK 22.11' }, missing: { ovs: 'not installed' } },
    ...{ subjects: named('vhost-switch'), notMeasured: [] },
    ...{ rounds: 1, seconds: 1, runs, summary: summarize(runs, named('vhost-switch')), scale },
  };
  expect(text(report)).toMatchInlineSnapshot(`
    "A, 2 cores, 1024 MiB, Linux 6.1, a virtual machine
    DPDK 22.11
    without ovs: not installed

    guest and device: medians of 1 rounds of 1 s, least–most in brackets

    frame  forwarder                 Mpps  cycles/packet  busy
    64 B   vhost-switch  1.00 (1.00–1.00)     50 (50–50)  50 %  g

    cycles/packet: TSC cycles of polls that found packets, by packet
    g: the generator was the limit, the forwarder idled; only cycles count

    scale: busy cycles per 64-byte frame, ratio to the first line

    case                  cycles/packet  ratio
    2 ports, 2 addresses  50 (50–50)     1.00 ×
    "
  `);
  const drawn = chart(report);
  expect(drawn).toMatch(/^<svg .*<\/svg>\n?$/s);
  expect(drawn).toContain('* the generator was the limit');
  expect(drawn).toContain('A, 2 cores, 1024 MiB, Linux 6.1');
});

test('another build is compared with this one, round by round', () => {
  const subjects = [
    ...[{ name: 'vhost-switch' }, { name: 'before', beside: 'vhost-switch' }],
    { name: 'bare' },
  ];
  const runs = [
    ...[measured('vhost-switch', 1, 50), measured('before', 1, 60), measured('bare', 1, 100)],
    ...[measured('before', 2, 110), measured('vhost-switch', 2, 100)],
    // The other one's third round has failed.
    measured('before', 3, 1000),
  ];
  const summary = summarize(runs, subjects);
  expect(summary.map(({ subject, rounds }) => [subject, rounds])).toEqual([
    ['vhost-switch', 2],
    ['before', 3],
    ['bare', 1],
  ]);
  expect(summary[0]).not.toHaveProperty('toThis');
  expect(summary[1]?.toThis).toEqual({ median: 1.15, min: 1.1, max: 1.2 });
  const machine = { cpu: 'A', cores: 2, kernel: '6.1', memoryMiB: 1024, hypervisor: false };
  const notMeasured = [
    { what: 'round 3, 64 B, bare', why: 'ended' },
    { what: 'round 2, 64 B, bare', why: 'ended' },
    { what: 'round 3, 64 B, vhost-switch', why: 'interrupted' },
  ];
  const report = {
    ...{ date: '', machine, versions: {}, missing: {}, subjects, notMeasured },
    ...{ rounds: 3, seconds: 1, runs, summary },
  };
  expect(text(report)).toMatchInlineSnapshot(`
    "A, 2 cores, 1024 MiB, Linux 6.1

    guest and device: medians of 3 rounds of 1 s, least–most in brackets

    frame  forwarder                 Mpps  cycles/packet         / this build   busy
    64 B   vhost-switch  1.00 (1.00–1.00)    75 (50–100)                       100 %  2 of 3 rounds
    64 B   before        1.00 (1.00–1.00)  110 (60–1000)  1.150 (1.100–1.200)  100 %
    64 B   bare          1.00 (1.00–1.00)  100 (100–100)                       100 %  1 of 3 rounds

    cycles/packet: TSC cycles of polls that found packets, by packet
    / this build: cycles divided by those of this build in the same round

    not measured: round 3, 64 B, bare; round 2, 64 B, bare: ended
    not measured: round 3, 64 B, vhost-switch: interrupted
    "
  `);
  expect(chart(report)).toContain('>before</text>');
});
