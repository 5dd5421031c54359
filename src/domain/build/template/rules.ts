/** What happens to a template's elements when a guest is put into it. */

import type { Guest } from '../../../spec/index.js';
import { attribute, childrenOf, type Element } from '../../../xml/element.js';
import type { Placed } from '../../../xml/scan.js';
import type { Builder } from '../elements.js';

/** `keep`: the guest's element is added if the template has none. `add`: it is always added. */
export type Rule = 'keep' | 'add' | 'replace' | 'merge';

export function ruleOf({ template }: Builder, { said }: Guest): Rule {
  if (template === 'guest') return 'replace';
  if (typeof template === 'string') return template;
  return template.some((key) => said.includes(key)) ? 'replace' : 'keep';
}

/** Whether the template has this element already, if there may be only one of its kind. */
export function isThere(
  { name, attributes, children }: Element,
  there: readonly Placed[],
): boolean {
  return there.some((one) => {
    if (one.name !== name) return false;
    if (name === 'controller' || name === 'input')
      return attributes.type === attribute(one, 'type');
    if (name !== 'channel' && name !== 'console') return true;
    // A console is the first serial port, or one of another kind; a channel is identified by its name.
    const [ours] = children.filter((child) => child.name === 'target');
    const [theirs] = childrenOf(one, 'target');
    const key = name === 'channel' ? 'name' : 'type';
    return (ours?.attributes[key] ?? 'serial') === (attribute(theirs, key) ?? 'serial');
  });
}
