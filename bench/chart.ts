import type { Quartiles, Spread } from './figures.js';
import { describeMachine } from './machine.js';
import type { PairSummary } from './pairs.js';
import type { Report } from './report.js';
import { SCENARIOS, type Scenario } from './scenarios.js';

const WIDTH = 760;
const LEFT = 150;
const RIGHT = 110;
const BAR = 22;
const GAP = 8;
const COLORS: Record<string, string> = {
  'vhost-switch': '#0a7d5a',
  uplink: '#4a9d86',
  relay: '#7db39f',
  switched: '#5f8f9f',
  policies: '#2f6f9f',
  captured: '#5a8fbf',
  testpmd: '#b08ac0',
  floor: '#c9ced4',
  sample: '#a0713f',
  bare: '#8a94a0',
  ovs: '#c06a2b',
};
/** Other builds of the switch. */
const OTHER = '#6a7fb5';
const TITLES: Record<string, string> = {
  'vhost-switch': 'vhost-switch',
  uplink: 'the same, uplink',
  relay: 'the same, relay',
  switched: 'relay, but switched',
  testpmd: 'testpmd, io',
  policies: 'the same, all guards',
  captured: 'the same, captured',
  floor: 'one copy, no table',
  sample: 'DPDK vhost sample',
  bare: 'bare rte_vhost loop',
  ovs: 'Open vSwitch',
};

const IN_WORDS: Record<Scenario, string> = {
  'guest-guest': 'guest to guest',
  'guest-device': 'guest and device',
  'device-device': 'device to device',
  loopback: 'from a device through a guest',
};

/**
 * A group of bars for each scenario, frame size and place of the processors. With testpmd as the
 * load two for each size: cycles per packet, and packets per second. Undefined when none of that was
 * measured.
 */
export function chart(report: Report): string | undefined {
  const parts: string[] = [];
  const pairs = report.pairs?.summary ?? [];
  let y = pairPanels(parts, 56, { title: 'guest to guest', summary: pairs });
  for (const scenario of SCENARIOS) {
    const mine = (report.scenarios?.summary ?? []).filter((one) => one.scenario === scenario);
    y = pairPanels(parts, y, { title: IN_WORDS[scenario], summary: mine });
  }
  for (const size of new Set(report.summary.map((one) => one.size))) {
    const group = report.summary.filter((one) => one.size === size);
    const bound = group.some((one) => one.generatorBound);
    const cycles = group.map((one) => ({ name: one.subject, value: one.cycles, mark: '' }));
    const title = `${size} B, guest and device: busy cycles per packet (less is better)`;
    y = panel(parts, y, title, cycles, 0);
    const rate = group.map((one) => ({
      name: one.subject,
      value: millions(one.pps),
      mark: one.generatorBound ? ' *' : '',
    }));
    const limit = bound ? '; * the generator was the limit' : '';
    y = panel(parts, y, `${size} B: million packets per second${limit}`, rate, 2);
  }
  if (parts.length === 0) return undefined;
  const height = y + 18;
  const about = `${describeMachine(report.machine)}; ${Object.values(report.versions).join('; ')}`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" font-family="sans-serif" font-size="13" fill="#222">
<rect width="${WIDTH}" height="${height}" fill="#fff"/>
<text x="16" y="24" font-size="17" font-weight="bold">One forwarding core</text>
<text x="16" y="42" fill="#555">medians, lines from least to most, of cycles a frame from quartile to quartile; ${report.date.slice(0, 10)}</text>
${parts.join('\n')}
<text x="16" y="${height - 8}" font-size="9" fill="#555">${escapeText(about)}</text>
</svg>
`;
}

interface Bar {
  name: string;
  value: Spread;
  mark: string;
}

/** Groups of bars for each size and place, below a title; nothing where nobody was at that place. */
function pairPanels(
  parts: string[],
  from: number,
  { title, summary }: { title: string; summary: readonly PairSummary[] },
): number {
  let y = from;
  for (const size of new Set(summary.map((one) => one.size))) {
    for (const place of ['near', 'far'] as const) {
      const group = summary.filter((one) => one.size === size && one.place === place);
      if (group.length === 0) continue;
      const where = place === 'near' ? 'processors behind one cache' : 'processors far apart';
      const bars = group.map((one) => ({ name: one.subject, value: ends(one.p10), mark: '' }));
      const heading = `${title}, ${size} B, ${where}: cycles a frame (less is better)`;
      y = panel(parts, y, heading, bars, 0);
    }
  }
  return y;
}

function ends({ q1, median, q3 }: Quartiles): Spread {
  return { min: q1, median, max: q3 };
}

/** Draws one group of bars below `y`; returns the place for the next one. */
function panel(parts: string[], y: number, title: string, bars: Bar[], digits: number): number {
  const most = Math.max(...bars.map(({ value }) => value.max));
  const scale = (value: number): number => ((WIDTH - LEFT - RIGHT) * value) / most;
  parts.push(`<text x="16" y="${y + 16}" font-weight="bold">${escapeText(title)}</text>`);
  let at = y + 26;
  for (const { name, value, mark } of bars) {
    const middle = at + BAR / 2;
    const [from, to] = [LEFT + scale(value.min), LEFT + scale(value.max)].map((x) => x.toFixed(1));
    parts.push(
      `<text x="${LEFT - 8}" y="${middle + 4}" text-anchor="end">${escapeText(TITLES[name] ?? name)}</text>`,
      `<rect x="${LEFT}" y="${at}" width="${scale(value.median).toFixed(1)}" height="${BAR}" fill="${COLORS[name] ?? OTHER}"/>`,
      `<path d="M${from} ${middle}H${to}M${from} ${middle - 4}v8M${to} ${middle - 4}v8" stroke="#222"/>`,
      `<text x="${Number(to) + 8}" y="${middle + 4}">${value.median.toFixed(digits)}${mark}</text>`,
    );
    at += BAR + GAP;
  }
  return at + 10;
}

function millions({ median, min, max }: Spread): Spread {
  return { median: median / 1e6, min: min / 1e6, max: max / 1e6 };
}

function escapeText(value: string): string {
  return value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
