/** Readings as text, in the two forms that Prometheus reads. */
import { Counter, Gauge, Registry, type RegistryContentType } from 'prom-client';
import { deviceFamilies } from './device-families.js';
import { bit, type Family, type Sample } from './family.js';
import { portFamilies } from './port-families.js';
import { switchFamilies } from './switch-families.js';

/** What one look at the switch found; without a sample there was no switch that answered. */
export interface Reading {
  sample?: Sample;
  /** How long it took. */
  seconds: number;
}

/** `openmetrics`: OpenMetrics 1.0; `text`: Prometheus' own of before, 0.0.4, which node_exporter reads, too. */
export type Format = 'openmetrics' | 'text';

export const CONTENT_TYPES: Readonly<Record<Format, RegistryContentType>> = {
  openmetrics: Registry.OPENMETRICS_CONTENT_TYPE,
  text: Registry.PROMETHEUS_CONTENT_TYPE,
};

/** All metrics of a switch that runs. */
export const FAMILIES: readonly Family[] = [...switchFamilies, ...portFamilies, ...deviceFamilies];

/** Those of the exporter, which are there without a switch, too. */
export const OWN = {
  vmlane_up: '1: the switch answers',
  vmlane_scrape_duration_seconds: 'How long it took to ask the switch',
} as const;

/**
 * The reading in a form. Counters are numbers of 64 bits at the switch, and floating point here as in Prometheus:
 * beyond 2^53 they are exact to one part in 2^53.
 */
export function render({ sample, seconds }: Reading, format: Format): Promise<string> {
  // Anew for each reading: ports that are gone leave nothing behind.
  const registry = new Registry<RegistryContentType>();
  registry.setContentType(CONTENT_TYPES[format]);
  const registers = [registry as Registry];
  const own = { vmlane_up: bit(sample !== undefined), vmlane_scrape_duration_seconds: seconds };
  for (const [name, help] of Object.entries(OWN))
    new Gauge({ name, help, registers }).set(own[name as keyof typeof OWN]);
  if (sample) for (const family of FAMILIES) add(family, sample, registers);
  return registry.metrics();
}

function add({ name, help, labels, type, rows }: Family, sample: Sample, registers: Registry[]) {
  const found = [...rows(sample)];
  // A metric that nothing has is left out.
  if (found.length === 0) return;
  const config = { name, help, labelNames: labels, registers };
  const counter = type === 'counter' ? new Counter(config) : undefined;
  const gauge = type === 'gauge' ? new Gauge(config) : undefined;
  for (const [value, ...values] of found) {
    const named = Object.fromEntries(labels.map((label, i) => [label, values[i] ?? '']));
    counter?.inc(named, value);
    gauge?.set(named, value);
  }
}
