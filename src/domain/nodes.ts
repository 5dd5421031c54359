import { XMLBuilder, XMLParser } from 'fast-xml-parser';

/**
 * Domain XML as it stands, to change a part and keep all else: comments, order, blanks, references.
 * The shape is fast-xml-parser's preserveOrder: `{name: children, ':@': attributes}`, `{'#text': …}`.
 */
export type Node = Readonly<Record<string, unknown>>;

const OPTIONS = {
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: '',
  parseTagValue: false,
  trimValues: false,
  // References stay as they are written.
  processEntities: false,
  commentPropName: '#comment',
  cdataPropName: '#cdata',
} as const;
const parser = new XMLParser(OPTIONS);
const builder = new XMLBuilder({ ...OPTIONS, suppressEmptyNode: true });

/** The nodes of a text that readDomain has accepted. */
export function parseNodes(xml: string): Node[] {
  return parser.parse(xml) as Node[];
}

/** The text again. Attributes are in double quotes, empty elements have one tag; all else is as it was. */
export function renderNodes(nodes: readonly Node[]): string {
  return `${(builder.build(nodes) as string).trim()}\n`;
}

/** Children of the first element of this name, to be changed in place. */
export function inside(nodes: readonly Node[], name: string): Node[] | undefined {
  return nodes.find((node) => name in node)?.[name] as Node[] | undefined;
}

/** An element with text; both text and attributes are escaped. */
export function newNode(name: string, text: string, attributes: Record<string, string> = {}): Node {
  const given = Object.entries(attributes).map(([key, value]) => [key, escaped(value)]);
  return {
    [name]: text === '' ? [] : [{ '#text': escaped(text) }],
    ':@': Object.fromEntries(given),
  };
}

/** Puts a node behind the first one of the name `after`, else in front, on a line of its own. */
export function insert(nodes: Node[], node: Node, indent: string, after?: string): void {
  const at = nodes.findIndex((one) => after !== undefined && after in one) + 1;
  nodes.splice(at, 0, { '#text': `\n${indent}` }, node);
}

/** Takes the first element of this name out, with the blanks before it. */
export function remove(nodes: Node[], name: string): void {
  const at = nodes.findIndex((node) => name in node);
  if (at < 0) return;
  const blank = at > 0 && isBlank(nodes[at - 1]);
  nodes.splice(blank ? at - 1 : at, blank ? 2 : 1);
}

export function isBlank(node: Node | undefined): boolean {
  const text = node?.['#text'];
  return typeof text === 'string' && text.trim() === '';
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.codePointAt(0)};`);
}
