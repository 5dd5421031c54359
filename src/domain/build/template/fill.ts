/** Puts elements of a guest among those of a template, by edits of its text. */

import type { Guest } from '../../../spec/index.js';
import { InvalidInput } from '../../../values/errors.js';
import { render } from '../../../xml/build.js';
import { type Edit, leadOf, removal, stepOf } from '../../../xml/edit.js';
import { childrenOf, type Element } from '../../../xml/element.js';
import type { Placed } from '../../../xml/scan.js';
import type { Builder } from '../elements.js';
import type { Target } from '../target.js';
import { isThere, ruleOf } from './rules.js';

export function fill(
  text: string,
  parent: Placed,
  builders: readonly Builder[],
  guest: Guest,
  target: Target,
): Edit[] {
  const edits: Edit[] = [];
  // New elements go behind the last one that precedes them in our order.
  let anchor: Placed | undefined;
  for (const builder of builders) {
    const { name, build } = builder;
    const built = build(guest, target);
    const names = new Set([name, ...built.map((one) => one.name)]);
    const there = parent.children.filter((one) => names.has(one.name));
    const [first] = there;
    const rule = ruleOf(builder, guest);
    if (first === undefined) edits.push(...insert(text, parent, anchor, built));
    else if (rule === 'replace') edits.push(...replace(text, there, built));
    else if (rule === 'merge' && built[0]) edits.push(...merge(text, first, built[0]));
    else if (rule !== 'merge') {
      const missing = built.filter((one) => !isThere(one, there) || isMany(one));
      edits.push(...insert(text, parent, there.at(-1), missing));
    }
    anchor = there.at(-1) ?? anchor;
  }
  return edits;
}

/** Whether a domain may have several elements of this kind. */
function isMany({ name }: Element): boolean {
  return ['disk', 'interface', 'filesystem', 'hostdev', 'memory'].includes(name);
}

function insert(
  text: string,
  parent: Placed,
  anchor: Placed | undefined,
  built: readonly Element[],
): Edit[] {
  if (built.length === 0) return [];
  const model = anchor ?? parent.children[0] ?? parent;
  const lead = leadOf(text, model.start);
  const at = anchor?.end ?? parent.inner?.start ?? parent.nameEnd;
  return [{ start: at, end: at, text: built.map((one) => indented(one, lead)).join('') }];
}

/** Puts the first in place of the old one, and removes others of the name. */
function replace(text: string, there: readonly Placed[], built: readonly Element[]): Edit[] {
  const [first, ...rest] = there;
  if (first === undefined) return [];
  if (built.length === 0) return there.map((one) => removal(text, one));
  const lead = leadOf(text, first.start);
  const whole = built.map((one) => indented(one, lead)).join('');
  return [
    { start: first.start, end: first.end, text: whole.slice(lead.length) },
    ...rest.map((one) => removal(text, one)),
  ];
}

/** Merges the children of one element into the template's, where they replace those of the same name. */
function merge(text: string, there: Placed, built: Element): Edit[] {
  const ours = built.children;
  const [foreign] = ours.filter(({ name }) => name.includes(':') && has(there, name));
  if (foreign !== undefined) {
    const problem = `has <${foreign.name}> of another guest`;
    throw new InvalidInput({ thing: 'template', problem, remedy: 'take it out' });
  }
  const lead = leadOf(text, there.start);
  if (!there.inner) {
    const inside = ours.map((one) => indented(one, lead === '' ? '' : `${lead}  `)).join('');
    return [{ start: there.nameEnd, end: there.end, text: `>${inside}${lead}</${there.name}>` }];
  }
  const model = there.children[0];
  const inner = model
    ? leadOf(text, model.start)
    : lead === ''
      ? ''
      : lead + stepOf(text, there, there);
  return ours.flatMap((one) => {
    const old = childrenOf(there, one.name);
    if (old.length > 0) return replace(text, old, [one]);
    const at = there.inner?.start ?? there.nameEnd;
    return [{ start: at, end: at, text: indented(one, inner) }];
  });
}

function has(there: Placed, name: string): boolean {
  return childrenOf(there, name).length > 0;
}

/** An element's text; each line, also the first, begins with `lead`. */
function indented(one: Element, lead: string): string {
  const lines = render(one).trimEnd().split('\n');
  // Values hold no line ends, so each is a line of its own.
  return lead === ''
    ? lines.map((line) => line.trim()).join('')
    : lines.map((line) => lead + line).join('');
}
