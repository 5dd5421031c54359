import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { errorText, InvalidInput } from '../values/errors.js';
import type { Element } from './element.js';

/** Deeper nesting is refused, as by libxml2 (xmlParserMaxDepth). */
export const DEEPEST = 256;

// Characters that XML 1.0 forbids (2.2), as they are and by reference.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are being refused
export const NO_CHARACTER = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\p{Cs}\ufffe\uffff]/u;

/** What libvirt's definitions are about, and the commands that print them. */
const DUMPED_BY = { domain: 'virsh dumpxml', network: 'virsh net-dumpxml' } as const;

type Kind = keyof typeof DUMPED_BY;

/**
 * The `<domain>` element of a text from outside. Comments and processing instructions are dropped.
 * @throws InvalidInput for a text that is not well-formed, not a domain, declares a document type or entities, or
 * declares an encoding other than UTF-8
 */
export function readDomain(xml: string): Element {
  return readKind(xml, 'domain');
}

/** Likewise the `<network>` of one of libvirt's networks. @throws as readDomain */
export function readNetwork(xml: string): Element {
  return readKind(xml, 'network');
}

function readKind(xml: string, kind: Kind): Element {
  const refuse = (problem: string, remedy: string) => refusal(problem, remedy, undefined, kind);
  const whole = `give the XML of one libvirt ${kind}, such as ${DUMPED_BY[kind]} prints`;
  // The text was read as UTF-8; libvirt would use the declared encoding.
  const head = /^\ufeff?<\?xml\s[^>]*?\bencoding\s*=\s*["']([^"']*)["']/.exec(xml);
  if (head && !/^(utf-?8|us-ascii|ascii)$/i.test(head[1] ?? '')) {
    const problem = `its encoding is ${JSON.stringify(head[1]?.slice(0, 40))}`;
    throw refuse(problem, 'save it as UTF-8, and say so in its first line');
  }
  // Also inside comments: safety must not depend on whether a parser sees a declaration there.
  if (/<!(DOCTYPE|ENTITY)/i.test(xml)) {
    throw refuse('declares a document type or entities', 'remove the declaration');
  }
  const bad = NO_CHARACTER.exec(xml);
  if (bad) throw forbidden(xml, bad.index, kind);
  const verdict = XMLValidator.validate(xml);
  if (verdict !== true && (xml.match(/<\/domain\s*>/g)?.length ?? 0) > 1) {
    const remedy =
      "give one; with virt-install, '--print-xml 2' prints the installed guest's alone";
    throw refuse('holds several domains, as virt-install prints for install media', remedy);
  }
  if (verdict !== true) throw refuse(`line ${verdict.err.line}: ${verdict.err.msg}`, whole);
  const roots = elements(parse(xml, kind, whole));
  const [root] = roots;
  if (root === undefined || roots.length > 1 || root.name !== kind) {
    const names = roots.map(({ name }) => `<${name}>`).join(', ');
    throw refuse(`holds ${names || 'no element'} where <${kind}> should be`, whole);
  }
  return root;
}

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

const parser = new XMLParser({
  preserveOrder: true,
  // It counts the elements around one.
  maxNestedTags: DEEPEST - 1,
  ignoreAttributes: false,
  attributeNamePrefix: '',
  parseTagValue: false,
  trimValues: false,
  ignorePiTags: true,
  ignoreDeclaration: true,
  entityDecoder: {
    decode,
    reset: () => undefined,
    setXmlVersion: () => undefined,
    // Only a document type defines entities, and it was refused before.
    setExternalEntities: () => undefined,
    addInputEntities: () => undefined,
  },
});

function parse(xml: string, kind: Kind, remedy: string): unknown {
  try {
    return parser.parse(xml);
  } catch (error) {
    // Of decode(), which does not know what it is about.
    if (error instanceof InvalidInput)
      throw refusal(error.trouble.problem, error.trouble.remedy, error, kind);
    throw refusal(errorText(error), remedy, error, kind);
  }
}

const NAMED: Record<string, string> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

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

// The parser's result, [{name: [children], ':@': {attributes}}, {'#text': …}], in our own shape.
function elements(nodes: unknown): Element[] {
  return list(nodes).flatMap((node) => {
    const name = Object.keys(node).find((key) => key !== ':@');
    if (name === undefined || name === '#text') return [];
    const inner = list(node[name]);
    const text = inner.map((child) => child['#text'] ?? '').join('');
    const attributes = Object.entries(node[':@'] ?? {}).map(([key, value]) => [key, String(value)]);
    return [{ name, attributes: Object.fromEntries(attributes), children: elements(inner), text }];
  });
}

function list(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value : [];
}
