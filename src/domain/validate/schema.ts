/** Errors of libvirt's RNG schema, and the elements that they are about. */

import { applyEdits, setAttribute } from '../../xml/edit.js';
import { attribute, childrenOf, down } from '../../xml/element.js';
import type { Placed } from '../../xml/scan.js';
import { Domain } from '../domain.js';
import { isCrowded } from './crowd.js';
import type { SchemaError } from './facts.js';
import { error, type Found, shown, visible } from './finding.js';

export const SCHEMA_RULE = 'schema';

/** Asks xmllint about texts, all at once; returns nothing for a text that is valid. */
export type Ask = (texts: readonly string[]) => Promise<readonly (readonly XmllintError[])[]>;

export interface XmllintError {
  /** Line of the end of the start tag, from 1. */
  line: number;
  /** '' if the text is not XML at all. */
  element: string;
  message: string;
}

/** Upper bound of texts that xmllint is asked about, each of which takes some ms. */
const MOST_QUESTIONS = 100;
/** Asked about together, as xmllint itself takes 40 ms; the rest of a bundle with the answer is for nothing. */
const TOGETHER = 20;

/**
 * The schema's error in a domain. xmllint reports little more than "devices", so we look for the innermost
 * element without which the domain would be valid. @throws InvalidInput as Domain.placed
 */
export async function askForError(given: Domain, ask: Ask): Promise<SchemaError | undefined> {
  const about = askedAbout(given);
  if (!about) return undefined;
  const { text, placed: domain } = about;
  const said = (await ask([text]))[0]?.[0];
  if (!said) return undefined;
  let left = MOST_QUESTIONS;
  /** The first without which the text is valid. */
  const needless = async <T extends Span>(places: readonly T[]): Promise<T | undefined> => {
    for (let from = 0; from < places.length && left > 0; from += TOGETHER) {
      const some = places.slice(from, from + Math.min(TOGETHER, left));
      left -= some.length;
      const answers = await ask(some.map((place) => without(text, place)));
      const at = answers.findIndex((errors) => errors.length === 0);
      if (at >= 0) return some[at];
    }
    return undefined;
  };
  const blamed = async (at: Placed): Promise<Placed | undefined> => {
    const child = await needless(at.children);
    if (child) return (await blamed(child)) ?? child;
    // The cause may be inside an element that cannot be left out.
    for (const one of at.children) {
      const inner = await blamed(one);
      if (inner) return inner;
    }
    return undefined;
  };
  const named = elementOf(text, domain, said);
  const found = await blamed(domain);
  const at = found && !(named.start > found.start && named.end < found.end) ? found : named;
  const value = await valueIn(at, needless);
  return { place: [...pathTo(domain, at.start)], message: said.message, ...(value && { value }) };
}

/** The first text that askForError asks about, so that many can be asked about at once; undefined: none. */
export function schemaText(given: Domain): string | undefined {
  return askedAbout(given)?.text;
}

function askedAbout(given: Domain): Domain | undefined {
  return isCrowded(given.placed) ? undefined : withoutQuirks(withoutLongMetadata(given));
}

/** The value that is to blame: an attribute without which the domain would be valid, or the text of a leaf. */
async function valueIn(
  at: Placed,
  needless: <T extends Span>(places: readonly T[]) => Promise<T | undefined>,
): Promise<string | undefined> {
  const all = [at];
  // The list grows while it is read.
  for (const one of all) for (const child of one.children) all.push(child);
  const attributes = all.flatMap((one) =>
    [...one.places].map(([name, { start, end }]) => ({ one, name, start, end })),
  );
  const bad = await needless(attributes);
  if (bad) {
    const path = bad.one === at ? '' : `${bad.one.name} `;
    return `${path}${bad.name}=${shown(bad.one.attributes[bad.name] ?? '')}`;
  }
  const text = at.children.length === 0 ? at.text.trim() : '';
  return text === '' ? undefined : visible(`<${at.name}>${text.slice(0, 80)}</${at.name}>`);
}

/**
 * Findings from the schema. The rules' messages are better, so a schema error is left out if `errors`, the
 * rules' findings, have one inside the same element.
 */
export function schemaFindings(
  domain: Placed,
  said: SchemaError | undefined,
  errors: readonly Placed[],
): Found[] {
  if (!said) return [];
  const at = said.place.reduce((one, index) => one.children[index] ?? one, domain);
  if (errors.some(({ start }) => start >= at.start && start < at.end)) return [];
  const what = said.value ?? 'this';
  const problem = `libvirt's schema does not allow ${what} (${visible(said.message.trim())})`;
  return [error(at, problem, 'see https://libvirt.org/formatdomain.html for what may stand here')];
}

/** Bytes of others' metadata about which the schema is asked; it takes time by their square. */
const METADATA = 64 * 1024;

/** The schema knows nothing of what is in the metadata. */
function withoutLongMetadata(domain: Domain): Domain {
  const long = childrenOf(domain.placed, 'metadata').filter(
    ({ start, end }) => end - start > METADATA,
  );
  if (long.length === 0) return domain;
  return new Domain(long.reduce((text, one) => without(text, one), domain.text));
}

/** libvirt itself shows `<target dev=''/>` of a running vhost-user NIC (9.0), which its schema refuses. */
function withoutQuirks(domain: Domain): Domain {
  const targets = down(domain.placed, 'devices', 'interface', 'target');
  const empty = targets.filter((target) => attribute(target, 'dev') === '');
  if (empty.length === 0) return domain;
  const edits = empty.map((target) => setAttribute(target, 'dev', 'vnet0', "'"));
  return new Domain(applyEdits(domain.text, edits));
}

/** A part of the text. */
type Span = Pick<Placed, 'start' | 'end'>;

/** The text without an element or an attribute, with the same number of lines. */
function without(text: string, { start, end }: Span): string {
  const blank = text.slice(start, end).replace(/[^\n]/g, ' ');
  return applyEdits(text, [{ start, end, text: blank }]);
}

function elementOf(xml: string, domain: Placed, { line, element }: XmllintError): Placed {
  const local = (name: string) => name.replace(/^.*:/, '');
  let from = 0;
  for (let n = 1; n < line; n++) from = xml.indexOf('\n', from) + 1;
  const end = xml.indexOf('\n', from);
  const to = end < 0 ? xml.length : end;
  const all = [domain];
  // The list grows while it is read.
  for (const one of all) for (const child of one.children) all.push(child);
  const fits = all.filter(({ name, start, nameEnd }) => {
    return local(name) === local(element) && start <= to && nameEnd >= from;
  });
  return fits.sort((a, b) => a.start - b.start)[0] ?? domain;
}

/** Indexes of children that lead to the element that begins there. */
function* pathTo(domain: Placed, start: number): Iterable<number> {
  for (let at = domain; at.start !== start; ) {
    const index = at.children.findIndex((one) => one.start <= start && start < one.end);
    const next = at.children[index];
    if (!next) return;
    yield index;
    at = next;
  }
}
