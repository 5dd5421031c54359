import type { Block } from '../prose.js';

/** A page of the manual, before it is roff. */
export interface Page {
  name: string;
  section: 1 | 7;
  summary: string;
  parts: Part[];
}

/** A section of a page, such as OPTIONS. */
export interface Part {
  heading: string;
  body: PageBlock[];
}

/** What a part has: prose, usage lines, and options with what they mean. */
export type PageBlock =
  | Block
  | { kind: 'usage'; lines: string[] }
  | { kind: 'options'; items: { flags: string; text: string }[] }
  | { kind: 'pages'; names: string[] };

/** A part, unless it has nothing. */
export function part(heading: string, ...body: PageBlock[]): Part[] {
  return body.length > 0 ? [{ heading, body }] : [];
}

/** Terms with what they mean; none for an empty list. */
export function terms(items: readonly (readonly [term: string, text: string])[]): PageBlock[] {
  if (items.length === 0) return [];
  return [{ kind: 'list', items: items.map(([term, text]) => ({ term, text })) }];
}

/** A file's name in the folder of pages: `vmlane-ports.7`. */
export function fileOf({ name, section }: Pick<Page, 'name' | 'section'>): string {
  return `${name}.${section}`;
}
