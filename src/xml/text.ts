/** What both readers refuse, and how they read references. */
import { InvalidInput } from '../values/errors.js';

/** Deeper nesting is refused, as by libxml2 (xmlParserMaxDepth). */
export const DEEPEST = 256;

// Characters that XML 1.0 forbids (2.2), as they are and by reference.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are being refused
export const NO_CHARACTER = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\p{Cs}\ufffe\uffff]/u;

/** What libvirt's definitions are about, and the commands that print them. */
export const DUMPED_BY = { domain: 'virsh dumpxml', network: 'virsh net-dumpxml' } as const;

export type Kind = keyof typeof DUMPED_BY;

/** The refusal of a text that holds a character which is none in XML. */
export function forbidden(xml: string, at: number, kind: Kind = 'domain'): InvalidInput {
  const line = xml.slice(0, at).split('\n').length;
  const remedy = 'remove it; xmllint --noout says more';
  return refusal(`line ${line}: holds a control character`, remedy, undefined, kind);
}

/** Longer than any problem of ours: names of broken tags may be as long as the file. */
const LONGEST = 400;

export function refusal(
  problem: string,
  remedy: string,
  cause?: unknown,
  kind: Kind = 'domain',
): InvalidInput {
  const short = problem.length > LONGEST ? `${problem.slice(0, LONGEST)}...` : problem;
  return new InvalidInput({ thing: `${kind} XML`, problem: short, remedy }, { cause });
}

const NAMED: Record<string, string> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

const NAME_OF = new Map(Object.entries(NAMED).map(([name, character]) => [character, name]));

/** A text for between tags, and in quotes of either kind, where blanks other than a space would be read as one. */
export function encode(text: string): string {
  return text.replace(
    /[&<>"'\t\r\n]/g,
    (one) => `&${NAME_OF.get(one) ?? `#${one.codePointAt(0)}`};`,
  );
}

// The library's own decoder keeps numeric references: /run&#x2f;a would not be the path libvirt sees.
/** A text with its references resolved. @throws InvalidInput for a reference not defined by XML itself */
export function decode(text: string): string {
  return text.replace(/&([^;]*);?/g, (reference, name: string) => {
    const decimal = /^#([0-9]+)$/.exec(name)?.[1];
    const hexadecimal = /^#x([0-9a-fA-F]+)$/.exec(name)?.[1];
    const code = decimal ? Number(decimal) : Number.parseInt(hexadecimal ?? '', 16);
    if (code >= 0 && code <= 0x10ffff) {
      const said = String.fromCodePoint(code);
      if (!NO_CHARACTER.test(said)) return said;
      const problem = `has a reference to a character that is none in XML: ${JSON.stringify(reference.slice(0, 20))}`;
      throw refusal(problem, 'remove it');
    }
    const character = Object.hasOwn(NAMED, name) ? NAMED[name] : undefined;
    if (character !== undefined && reference.endsWith(';')) return character;
    throw refusal(
      `has an unknown reference ${JSON.stringify(reference.slice(0, 20))}`,
      'write &amp; for &',
    );
  });
}
