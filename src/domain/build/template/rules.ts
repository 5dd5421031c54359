/** What becomes of a template's elements when a guest is put into it. */
import type { Guest } from '../../../spec/index.js';
import type { Element } from '../../../xml/build.js';
import { attribute, childrenOf, type Placed } from '../../../xml/scan.js';

/**
 * Keys of the spec by which an element is the guest's; where its author wrote none of them, the template's
 * own stays. Those with no keys are never the spec's.
 */
const KEYS: Record<string, readonly (keyof Guest | 'numa')[]> = {
  vcpu: ['vcpus'],
  os: ['firmware', 'boot', 'bootFrom', 'machine'],
  cpu: ['cpu', 'numa'],
  serial: ['serials'],
  console: ['serials'],
  ...Object.fromEntries(
    ['features', 'clock', 'events', 'pm', 'controller', 'memballoon', 'rng'].map((name) => [
      name,
      [],
    ]),
  ),
};

/** Devices that come beside the template's. */
const ADDED = ['disk', 'interface', 'channel'];

/** `keep`: what the template lacks is put beside. `add`: beside it in any case. */
export type Rule = 'keep' | 'add' | 'replace' | 'merge';

export function ruleOf(name: string, { said }: Guest): Rule {
  if (ADDED.includes(name)) return 'add';
  if (name === 'metadata' || name === 'memoryBacking') return 'merge';
  const keys = KEYS[name];
  return keys && !keys.some((key) => said.includes(key)) ? 'keep' : 'replace';
}

/** Whether the template has this element already, where there may be one of a kind. */
export function isThere({ name, attributes, content }: Element, there: readonly Placed[]): boolean {
  return there.some((one) => {
    if (one.name !== name) return false;
    if (name === 'controller') return attributes.type === attribute(one, 'type');
    if (name !== 'channel' && name !== 'console') return true;
    // A console is the first serial port, or one of another kind; a channel is known by its name.
    const [ours] = typeof content === 'string' ? [] : content.filter((c) => c.name === 'target');
    const [theirs] = childrenOf(one, 'target');
    const key = name === 'channel' ? 'name' : 'type';
    return (ours?.attributes[key] ?? 'serial') === (attribute(theirs, key) ?? 'serial');
  });
}
