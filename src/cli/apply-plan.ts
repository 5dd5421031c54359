import type { DomainPlan } from '../guests/apply/plan.js';
import type { Action } from '../guests/apply/step.js';
import type { PortRequest, PortStep, PortValues } from '../switch/index.js';
import { unifiedDiff } from './diff.js';
import { autostartText, type Json } from './output.js';

/** A domain's plan as text: a line for the domain, one for each image and port, and the diff of its definition. */
export function planText(plan: DomainPlan, color: boolean): string {
  const { name, file, action, why, restart, start, difference } = plan;
  const more = [
    ...(restart === 'needed' ? ['restart needed'] : []),
    ...(restart === 'yes' ? ['restart'] : []),
    ...(start ? ['start'] : []),
    ...(plan.autostart === undefined ? [] : [autostartText(plan.autostart)]),
    ...(action === 'undefine' && plan.state !== 'shut off' ? ['its power is taken off'] : []),
  ];
  const head = [action + (why ? ` (${why})` : ''), ...more].join(', ');
  const ports = portChanges(plan).map((change) => `  port ${change.name}: ${changeText(change)}\n`);
  const images = plan.seeds.map(({ path, state }) => `  image ${path}: make (${state})\n`);
  const from = file === undefined ? '' : ` ${file}`;
  const { before, after } = difference ?? { before: '', after: '' };
  return `${name}: ${head}${from && ` -${from}`}\n${images.join('')}${ports.join('')}${unifiedDiff(before, after, name, color)}`;
}

/** The same as JSON, with the actions that were carried out. */
export function planJson(plan: DomainPlan, done: readonly Action[]): Json {
  const { name, file = null, action, why, state, restart, start, difference } = plan;
  const { before, after } = difference ?? { before: '', after: '' };
  const ports = portChanges(plan).map(({ name: port, path, kind, before: was, after: is }) => {
    return { name: port, path, action: kind, before: { ...was }, after: { ...is } };
  });
  return {
    ...{ name, file, action, why: why || null, state, restart, start, ports },
    autostart: plan.autostart ?? null,
    seeds: plan.seeds.map(({ path }) => path),
    diff: unifiedDiff(before, after, name, false),
    done: [...done],
  };
}

interface PortChangeText {
  kind: 'add' | 'set' | 'remove';
  name: string;
  path: string;
  before: PortValues;
  after: PortValues;
}

/** Changes of ports; unchanged ports are left out. */
export function portChanges({ steps, remove }: DomainPlan): PortChangeText[] {
  const none = { before: {}, after: {} };
  const gone = remove.map(({ name, path }) => ({ kind: 'remove' as const, name, path, ...none }));
  return [...gone, ...steps.flatMap((step) => changeOf(step) ?? [])];
}

function changeOf(step: PortStep): PortChangeText | undefined {
  if (step.kind === 'keep') return undefined;
  if (step.kind === 'set') {
    const { port, before, after } = step;
    return { kind: 'set', name: port.name, path: port.path, before, after };
  }
  const { name, path, ...settings } = step.request;
  return { kind: 'add', name, path, before: {}, after: settingsOnly(settings) };
}

function settingsOnly({
  listener: _,
  mode: __,
  ...settings
}: Omit<PortRequest, 'name' | 'path'>): PortValues {
  return settings;
}

function changeText({ kind, path, before, after }: PortChangeText): string {
  const settings = Object.entries(after).map(([key, value]) => {
    const was = (before as Record<string, unknown>)[key];
    return was === undefined ? `${key} ${value}` : `${key} ${was} -> ${value}`;
  });
  if (kind === 'remove') return `remove, at ${path}`;
  return [kind === 'add' ? `add, at ${path}` : 'set', ...settings].join(', ');
}
