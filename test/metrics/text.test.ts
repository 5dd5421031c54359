import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { FAMILIES, type Format, OWN, render } from '../../src/metrics/text.js';
import { promtool } from './promtool.js';
import { SAMPLE } from './sample.js';

const text = (sample = SAMPLE, format: Format = 'text') =>
  render({ sample, seconds: 0.25 }, format);

/** The lines with values of one metric. */
function linesOf(whole: string, name: string): string[] {
  return whole.split('\n').filter((line) => new RegExp(`^${name}[ {]`).test(line));
}

test('everything that a switch says is there, once, as promtool would have it', async () => {
  const whole = await text();
  expect(await promtool(['check', 'metrics'], whole)).toBe('');
  const typed = [...whole.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => [name, type]);
  const own = Object.keys(OWN).map((name) => [name, 'gauge']);
  expect(typed).toEqual([...own, ...FAMILIES.map(({ name, type }) => [name, type])]);
  await expect(whole).toMatchFileSnapshot('../data/metrics/sample.prom');
});

test('OpenMetrics: counters lose _total where they are typed, and there is an end', async () => {
  const whole = await text(SAMPLE, 'openmetrics');
  expect(whole).toMatch(/^# TYPE vmlane_fdb_learned counter\nvmlane_fdb_learned_total 2$/m);
  expect(whole).not.toMatch(/\n\n/);
  expect(whole.endsWith('\n# EOF\n')).toBe(true);
  // The same values in both.
  const values = (all: string) => all.split('\n').filter((line) => line && !line.startsWith('#'));
  expect(values(whole)).toEqual(values(await text()));
});

test('without a switch there is what the exporter knows', async () => {
  const whole = await render({ seconds: 2 }, 'text');
  expect(whole.split('\n').filter((line) => line && !line.startsWith('#'))).toEqual([
    'vmlane_up 0',
    'vmlane_scrape_duration_seconds 2',
  ]);
  expect(await render({ seconds: 2 }, 'openmetrics')).toContain('\nvmlane_up 0\n');
});

test('a port is told where it belongs by one metric, to be joined', async () => {
  const whole = await text();
  const said = linesOf(whole, 'vmlane_port_info').map((line) => /^.*?\{(.*)\} 1$/.exec(line)?.[1]);
  expect(said).toEqual([
    'port="web1.0",kind="vhost-user",guest="web1",network="lan",relay="",vlan="7",vlan_mode="access",lcore="1"',
    'port="web2.hostnet0",kind="vhost-user",guest="web2",network="",relay="",vlan="",vlan_mode="access",lcore="1"',
    'port="net:lan",kind="interface",guest="",network="lan",relay="",vlan="7",vlan_mode="access",lcore="1"',
    'port="up0",kind="device",guest="",network="",relay="",vlan="",vlan_mode="trunk",lcore="1"',
    'port="relay:3.vf",kind="device",guest="",network="",relay="3",vlan="",vlan_mode="access",lcore="1"',
    'port="relay:3.vm",kind="vhost-user",guest="",network="",relay="3",vlan="",vlan_mode="access",lcore="1"',
  ]);
  expect(linesOf(whole, 'vmlane_network_up')).toEqual([
    'vmlane_network_up{network="lan"} 1',
    'vmlane_network_up{network="gone"} 0',
    'vmlane_network_up{network="inner"} 1',
  ]);
});

describe('names that the protocol would not allow are escaped all the same', () => {
  test.each([
    ['a"b', String.raw`a\"b`],
    ['a\\b', String.raw`a\\b`],
    ['a\nb', String.raw`a\nb`],
    ['} 1\nvmlane_up 7', String.raw`} 1\nvmlane_up 7`],
    ['näme €𝄞', 'näme €𝄞'],
    ['', ''],
    ['__proto__', '__proto__'],
  ])('%j', async (name, escaped) => {
    const [one] = SAMPLE.stats.ports;
    if (!one) throw new Error('no port');
    const odd = { ...SAMPLE, stats: { ...SAMPLE.stats, ports: [{ ...one, name }] } };
    for (const format of ['text', 'openmetrics'] as const) {
      const whole = await text(odd, format);
      expect(linesOf(whole, 'vmlane_port_receive_bytes_total')).toEqual([
        `vmlane_port_receive_bytes_total{port="${escaped}"} 1000`,
      ]);
      expect(linesOf(whole, 'vmlane_up')).toEqual(['vmlane_up 1']);
    }
    expect(await promtool(['check', 'metrics'], await text(odd))).toBe('');
  });
});

describe('large numbers', () => {
  test.each([
    ['0', '0'],
    ['9007199254740992', '9007199254740992'],
    // Between two numbers that floating point has: the switch counts on, and Prometheus has no finer ones.
    ['9007199254740993', '9007199254740992'],
    ['18446744073709551615', '18446744073709552000'],
    ['1e22', '1e+22'],
  ])('%s is %s', async (sent, shown) => {
    const tsc: number = JSON.parse(sent);
    const whole = await text({ ...SAMPLE, stats: { ...SAMPLE.stats, tsc } });
    expect(linesOf(whole, 'vmlane_tsc_cycles_total')).toEqual([`vmlane_tsc_cycles_total ${shown}`]);
    expect(await promtool(['check', 'metrics'], whole)).toBe('');
  });
});

test('what an earlier switch does not say is left out', async () => {
  const { lcores, tsc: _, ...rest } = SAMPLE.stats;
  const { devices: __, ...info } = SAMPLE.info;
  const early = { ...SAMPLE, info, stats: { ...rest, cores: lcores ?? [] } };
  const whole = await text(early);
  expect(linesOf(whole, 'vmlane_lcore_busy_cycles_total')).toHaveLength(2);
  expect(whole).not.toMatch(/^vmlane_(?:tsc|device_info)/m);
});

test('the README lists each metric, with its labels', async () => {
  const readme = readFileSync(join(import.meta.dirname, '../../docs/monitoring/README.md'), 'utf8');
  const rows = [...readme.matchAll(/^\| `(vmlane_\w+)` \| ([^|]*) \| ([^|]*) \|/gm)];
  const listed = rows.map(([, name, labels, help]) => [name, labels, help]);
  const own = Object.entries(OWN).map(([name, help]) => [name, '', help]);
  const families = FAMILIES.map(({ name, labels, help }) => [name, labels.join(', '), help]);
  expect(listed).toEqual([...own, ...families]);
});
