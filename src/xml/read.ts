import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { errorText, InvalidInput } from '../values/errors.js';
import type { Element } from './element.js';
import { scan } from './scan.js';
import { DEEPEST, DUMPED_BY, decode, forbidden, type Kind, NO_CHARACTER, refusal } from './text.js';

/**
 * The `<domain>` element of a text from outside. Comments and processing instructions are dropped.
 * @throws InvalidInput for a text that is not well-formed, not a domain, declares a document type or entities, or
 * declares an encoding other than UTF-8. `scanned`: what scan() gives for the text, if the caller keeps it.
 */
export function readDomain(xml: string, scanned = () => scan(xml)): Element {
  return readKind(xml, 'domain', scanned);
}

/** Likewise the `<network>` of one of libvirt's networks. @throws as readDomain */
export function readNetwork(xml: string): Element {
  return readKind(xml, 'network', () => scan(xml));
}

function readKind(xml: string, kind: Kind, scanned: () => Element): Element {
  const refuse = (problem: string, remedy: string) => refusal(problem, remedy, undefined, kind);
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
  return scannedKind(xml, kind, scanned) ?? readByLibrary(xml, kind);
}

const wholeOf = (kind: Kind) =>
  `give the XML of one libvirt ${kind}, such as ${DUMPED_BY[kind]} prints`;

/**
 * What fast-xml-parser reads otherwise than scan.ts does: line ends, characters beyond 16 bits in names, and names
 * that it changes or refuses (DANGEROUS_PROPERTY_NAMES and criticalProperties in its util.js).
 */
const OTHERWISE =
  /[\r\ud800-\udfff]|hasOwnProperty|toString|valueOf|constructor|prototype|__(?:proto|define|lookup)/;

/** The same, five times as fast; undefined where the library's answer may differ, or it has a message. */
function scannedKind(xml: string, kind: Kind, scanned: () => Element): Element | undefined {
  if (OTHERWISE.test(xml)) return undefined;
  try {
    const root = scanned();
    return root.name === kind ? root : undefined;
  } catch (error) {
    // scan() is stricter, and its messages are for who edits.
    if (error instanceof InvalidInput) return undefined;
    throw error;
  }
}

/** By fast-xml-parser, which accepts more. The text has passed the checks of readKind. @throws InvalidInput */
export function readByLibrary(xml: string, kind: Kind): Element {
  const refuse = (problem: string, remedy: string) => refusal(problem, remedy, undefined, kind);
  const whole = wholeOf(kind);
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
