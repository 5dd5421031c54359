import type { Argument } from './syntax/arguments.js';
import { get } from './syntax/properties.js';

/** Options that make QEMU print something and exit. */
const PRINTS: ReadonlySet<string> = new Set(['audio-help', 'h', 'help', 'version']);

/** Options that list their choices for a value of `help` or `?`, alone or as a property. */
const LISTS: ReadonlySet<string> = new Set([
  'L',
  'accel',
  'audio',
  'audiodev',
  'chardev',
  'cpu',
  'd',
  'device',
  'display',
  'machine',
  'netdev',
  'nic',
  'object',
  'tpmdev',
  'trace',
  'vga',
  'watchdog',
]);

/**
 * Why this call starts no guest: management software queries QEMU's capabilities. Undefined for a
 * call that starts one.
 */
export function informational(list: readonly Argument[]): string | undefined {
  const printing = list.find((one) => one.option !== undefined && asks(one));
  if (printing) return `${printing.args.join(' ')} only asks QEMU for information`;
  const machine = list
    .filter((one) => one.option === 'machine')
    .flatMap((one) => (one.properties && get(one.properties, 'type')) ?? [])
    .at(-1);
  return machine === 'none' ? 'machine none is a capability probe, not a guest' : undefined;
}

function asks(argument: Argument): boolean {
  const { option = '', value, properties } = argument;
  if (PRINTS.has(option)) return true;
  if (!LISTS.has(option)) return false;
  if (value === 'help' || value === '?') return true;
  if (properties?.syntax !== 'keyval') return false;
  return properties.members.some((member) => member.text === 'help' || member.text === '?');
}
