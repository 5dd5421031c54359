/** The alerts and the dashboard of docs/monitoring: what they ask for exists, and they are what their readers take. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import * as z from 'zod';
import { DROP_REASONS } from '../../src/contract/bounds.js';
import { FAMILIES, OWN } from '../../src/metrics/text.js';
import { inFolder } from '../switch/folder.js';
import { promtool } from './promtool.js';

const FOLDER = join(import.meta.dirname, '../../docs/monitoring');
const textOf = (name: string) => readFileSync(join(FOLDER, name), 'utf8');

/** Labels of each metric; every scraped one has those of Prometheus' own, too. */
const LABELS = new Map<string, readonly string[]>([
  ...Object.keys(OWN).map((name): [string, string[]] => [name, []]),
  ...FAMILIES.map(({ name, labels }): [string, readonly string[]] => [name, labels]),
]);
const ALL_LABELS = new Set(['job', 'instance', ...[...LABELS.values()].flat()]);

/** What an expression names that we do not export: metrics, and labels of metrics. */
function unknownIn(expression: string): string[] {
  const names = [...expression.matchAll(/\bvmlane_\w+/g)].map(([name]) => name);
  const selected = [...expression.matchAll(/(vmlane_\w+)\{([^}]*)\}/g)].flatMap(
    ([, metric = '', inside = '']) =>
      [...inside.matchAll(/(\w+)\s*[!=]~?/g)]
        .filter(([, label = '']) => ![...(LABELS.get(metric) ?? []), 'instance'].includes(label))
        .map(([, label]) => `${metric}{${label}}`),
  );
  const grouped = [...expression.matchAll(/\b(?:by|on|group_left)\s*\(([^)]*)\)/g)].flatMap(
    ([, inside = '']) =>
      inside
        .split(',')
        .map((label) => label.trim())
        .filter((label) => label !== '' && !ALL_LABELS.has(label)),
  );
  return [...names.filter((name) => !LABELS.has(name)), ...selected, ...grouped];
}

test('what is not exported is seen', () => {
  expect(unknownIn('vmlane_up{port="x"} + on (prot) vmlane_prots')).toEqual([
    'vmlane_prots',
    'vmlane_up{port}',
    'prot',
  ]);
});

interface Rule {
  alert: string;
  expr: string;
  labels: Record<string, string>;
  annotations: Record<string, string>;
}

const alerts: Rule[] = parse(textOf('alerts.yaml')).groups.flatMap(
  ({ rules }: { rules: Rule[] }) => rules,
);

describe('alerts', () => {
  test('promtool takes the rules, and they fire as their tests say', async () => {
    expect(await promtool(['check', 'rules', 'alerts.yaml'], '', FOLDER)).toContain(
      `SUCCESS: ${alerts.length} rules found`,
    );
    expect(await promtool(['test', 'rules', 'alerts.test.yaml'], '', FOLDER)).toContain('SUCCESS');
  });

  const tested = textOf('alerts.test.yaml');
  test.each(alerts.map((one) => [one.alert, one] as const))(
    '%s asks for what there is, and is tested',
    (name, { expr, labels, annotations }) => {
      expect(unknownIn(expr)).toEqual([]);
      expect(['warning', 'critical']).toContain(labels.severity);
      expect(annotations.summary).toContain('$labels.instance');
      expect(tested).toMatch(new RegExp(`alertname: ${name}\\s+exp_alerts:\\n\\s+- exp_labels`));
    },
  );

  test('the drops that they look for are reasons of the protocol', () => {
    const named = alerts.flatMap(
      ({ expr }) => /reason=~"([^"]*)"/.exec(expr)?.[1]?.split('|') ?? [],
    );
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter((reason) => !Object.hasOwn(DROP_REASONS, reason))).toEqual([]);
  });
});

/**
 * What Grafana's dashboard JSON (schemaVersion 38, of Grafana 10) has of what is used here: keys of its documented
 * model, "Dashboard JSON model" and the panel types `row`, `stat` and `timeseries`. Strict: a key that it does not
 * have is a mistake.
 */
const source = z.strictObject({
  type: z.literal('prometheus'),
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of Grafana's
  uid: z.literal('${datasource}'),
});
const grid = z.strictObject({
  x: z.int().min(0).max(23),
  y: z.int().min(0),
  w: z.int().min(1).max(24),
  h: z.int().min(1),
});
const target = z.strictObject({
  datasource: source,
  expr: z.string().min(1),
  legendFormat: z.string(),
  refId: z.string().regex(/^[A-Z]$/),
  instant: z.literal(true).optional(),
});
const defaults = z.strictObject({
  unit: z.enum(['short', 's', 'bps', 'pps', 'percentunit', 'bool']),
  min: z.number().optional(),
  max: z.number().optional(),
  mappings: z
    .array(
      z.strictObject({ type: z.literal('value'), options: z.record(z.string(), z.object({})) }),
    )
    .optional(),
  thresholds: z
    .strictObject({
      mode: z.literal('absolute'),
      steps: z
        .array(
          z.strictObject({
            color: z.enum(['green', 'orange', 'red']),
            value: z.number().nullable(),
          }),
        )
        .min(1),
    })
    .optional(),
  custom: z
    .strictObject({
      drawStyle: z.literal('line'),
      fillOpacity: z.number(),
      lineWidth: z.number(),
      showPoints: z.literal('never'),
    })
    .optional(),
});
const drawn = {
  id: z.int().min(1),
  title: z.string().min(1),
  description: z.string(),
  datasource: source,
  gridPos: grid,
  targets: z.array(target).min(1),
  fieldConfig: z.strictObject({ defaults, overrides: z.tuple([]) }),
};
const panel = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('row'),
    ...{ id: z.int().min(1), title: z.string().min(1), gridPos: grid },
    ...{ collapsed: z.literal(false), panels: z.tuple([]) },
  }),
  z.strictObject({
    type: z.literal('stat'),
    ...drawn,
    options: z.strictObject({
      reduceOptions: z.strictObject({
        calcs: z.tuple([z.literal('lastNotNull')]),
        fields: z.literal(''),
        values: z.literal(false),
      }),
      colorMode: z.literal('value'),
      graphMode: z.literal('none'),
      textMode: z.enum(['auto', 'name']),
    }),
  }),
  z.strictObject({
    type: z.literal('timeseries'),
    ...drawn,
    options: z.strictObject({
      legend: z.strictObject({
        calcs: z.array(z.enum(['mean', 'max'])),
        displayMode: z.literal('table'),
        placement: z.literal('bottom'),
      }),
      tooltip: z.strictObject({ mode: z.literal('multi'), sort: z.literal('desc') }),
    }),
  }),
]);
const variable = {
  name: z.string(),
  label: z.string(),
  current: z.looseObject({}),
  hide: z.literal(0),
};
const choices = { includeAll: z.boolean(), multi: z.boolean(), refresh: z.int().min(0).max(2) };
const dashboard = z.strictObject({
  uid: z.literal('vmlane'),
  title: z.string(),
  description: z.string(),
  tags: z.array(z.string()),
  schemaVersion: z.literal(38),
  version: z.int(),
  editable: z.boolean(),
  graphTooltip: z.int().min(0).max(2),
  refresh: z.string().regex(/^\d+[smh]$/),
  time: z.strictObject({ from: z.string(), to: z.string() }),
  timezone: z.enum(['browser', 'utc', '']),
  annotations: z.strictObject({ list: z.tuple([]) }),
  links: z.tuple([]),
  templating: z.strictObject({
    list: z.array(
      z.discriminatedUnion('type', [
        z.strictObject({
          type: z.literal('datasource'),
          query: z.literal('prometheus'),
          ...variable,
          ...choices,
        }),
        z.strictObject({
          type: z.literal('query'),
          ...{ ...variable, ...choices, datasource: source, definition: z.string() },
          ...{ query: z.strictObject({ query: z.string(), refId: z.string() }), sort: z.int() },
          allValue: z.literal('.*'),
        }),
      ]),
    ),
  }),
  panels: z.array(panel).min(1),
});

describe('the dashboard', () => {
  const read = dashboard.parse(JSON.parse(textOf('dashboard.json')));
  const panels = read.panels.flatMap((one) => (one.type === 'row' ? [] : [one]));

  test('each panel has a place and a number of its own', () => {
    const ids = read.panels.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const cells = read.panels.flatMap(({ gridPos: { x, y, w, h } }) => {
      expect(x + w).toBeLessThanOrEqual(24);
      return Array.from({ length: w * h }, (_, i) => `${x + (i % w)} ${y + Math.floor(i / w)}`);
    });
    expect(new Set(cells).size).toBe(cells.length);
  });

  test.each(panels.map((one) => [one.title, one] as const))(
    '%s asks for what there is',
    (_, one) => {
      for (const { expr, legendFormat } of one.targets) {
        expect(unknownIn(expr)).toEqual([]);
        const named = [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label = '']) => label);
        expect(named.filter((label) => !ALL_LABELS.has(label))).toEqual([]);
        // Rates, of counters; and counters by their rates only.
        for (const [, name = ''] of expr.matchAll(/\b(vmlane_\w+)/g))
          expect([name, expr.includes(`rate(${name}`)]).toEqual([name, name.endsWith('_total')]);
      }
    },
  );

  test('promtool parses each expression', async () => {
    const expressions = panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));
    expect(expressions.length).toBeGreaterThan(25);
    const rules = expressions.map((expr, i) => ({
      record: `dashboard:expression:${i}`,
      expr: expr.replaceAll('$__rate_interval', '5m').replaceAll(/"\$\w+"/g, '".*"'),
    }));
    for (const { expr } of rules) expect(expr).not.toContain('$');
    await inFolder(async (folder) => {
      const check = (some: object[]) => {
        const groups = [{ name: 'dashboard', rules: some }];
        writeFileSync(join(folder, 'rules.yaml'), JSON.stringify({ groups }));
        return promtool(['check', 'rules', 'rules.yaml'], '', folder);
      };
      expect(await check(rules)).toContain(`SUCCESS: ${rules.length} rules found`);
      await expect(check([{ record: 'a:b', expr: 'sum(' }])).rejects.toThrow('parse error');
    });
  });

  test('its variables are those that it uses', () => {
    const used = new Set(
      [...textOf('dashboard.json').matchAll(/\$\{?(\w+)/g)].map(([, name]) => name),
    );
    used.delete('__rate_interval');
    used.delete('__all');
    expect([...used].sort()).toEqual(read.templating.list.map(({ name }) => name).sort());
    for (const one of read.templating.list)
      if (one.type === 'query') expect(unknownIn(one.definition)).toEqual([]);
  });
});
