/** What libvirt's RNG schema says, at the elements that it names. */
import type { Placed } from '../markup.js';
import type { SchemaError } from './facts.js';
import { error, type Found, visible } from './finding.js';

export const SCHEMA_RULE = 'schema';

/**
 * The schema knows what is wrong less well than the rules: its word is left out where they found an
 * error inside the element that it names. `errors` are theirs.
 */
export function schemaFindings(
  xml: string,
  domain: Placed,
  said: readonly SchemaError[],
  errors: readonly Placed[],
): Found[] {
  const [first] = said;
  if (!first) return [];
  const at = elementAt(xml, domain, first) ?? domain;
  if (errors.some(({ start }) => start >= at.start && start < at.end)) return [];
  const problem = `libvirt's schema refuses it: ${visible(first.message)}`;
  return [error(at, problem, 'see https://libvirt.org/formatdomain.html for what may stand here')];
}

/** xmllint counts the line where a start tag ends. */
function elementAt(
  xml: string,
  domain: Placed,
  { line, element }: SchemaError,
): Placed | undefined {
  const local = (name: string) => name.replace(/^.*:/, '');
  let from = 0;
  for (let n = 1; n < line; n++) from = xml.indexOf('\n', from) + 1;
  const end = xml.indexOf('\n', from);
  const to = end < 0 ? xml.length : end;
  const all = [domain];
  // The list grows while it is read.
  for (const one of all) all.push(...one.children);
  return all
    .filter(({ name, start, nameEnd }) => {
      return local(name) === local(element) && start <= to && nameEnd >= from;
    })
    .sort((a, b) => a.start - b.start)[0];
}
