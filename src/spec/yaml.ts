import { type Document, Lexer, LineCounter, Parser, parseDocument } from 'yaml';
import { InvalidInput } from '../values/errors.js';

/** Maximum characters of a file; a real one has some hundreds. */
const LENGTH_MAX = 262_144;
/** Maximum depth of lists and mappings; a real file has three levels. */
const DEPTH_MAX = 64;
/** How many nodes aliases may repeat, against files that grow when they are read. */
const ALIASES_MAX = 50;

/**
 * Reads YAML 1.2 or JSON as plain data: one document, no duplicate keys, no tags, no anchors that multiply.
 * Throws InvalidInput with the line of the mistake.
 */
export function readYaml(text: string, source: string): unknown {
  return readYamlDocument(text, source, 'give each guest a file of its own').data;
}

/** A file with its data, and what is needed to edit it and to name its lines. */
export interface YamlFile {
  data: unknown;
  document: Document;
  /** Line of a place in the text; the first is 1. */
  lineAt(offset: number): number;
}

/** The same for a file that is edited; `oneDocument` is the remedy for several in it. */
export function readYamlDocument(text: string, source: string, oneDocument: string): YamlFile {
  const refuse = (problem: string, remedy: string, offset?: number): never => {
    const thing = offset === undefined ? source : `${source}: line ${lines.linePos(offset).line}`;
    throw new InvalidInput({ thing, problem, remedy });
  };
  const lines = new LineCounter();
  if (text.length > LENGTH_MAX) {
    refuse(
      `has ${text.length} characters`,
      `at most ${LENGTH_MAX} are read; is this the right file?`,
    );
  }
  if (tooDeep(text)) {
    refuse(`nests more than ${DEPTH_MAX} levels`, 'three are enough; is this the right file?');
  }
  // logLevel: the library must not write to stderr by itself. stringKeys: `1: x` is a key "1".
  const options = {
    lineCounter: lines,
    prettyErrors: false,
    stringKeys: true,
    logLevel: 'error',
  } as const;
  const document = parseDocument(text, options);
  const [mistake] = [...document.errors, ...document.warnings];
  if (mistake?.code === 'MULTIPLE_DOCS') {
    refuse('holds several documents', oneDocument, mistake.pos[0]);
  }
  if (mistake !== undefined) {
    const problem = mistake.code === 'DUPLICATE_KEY' ? 'the key is there twice' : mistake.message;
    const remedy = mistake.code === 'DUPLICATE_KEY' ? 'remove one' : 'write YAML 1.2 or JSON';
    refuse(problem, remedy, mistake.pos[0]);
  }
  try {
    const data: unknown = document.toJS({ maxAliasCount: ALIASES_MAX });
    return { data, document, lineAt: (offset) => lines.linePos(offset).line };
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error;
    // An alias without its anchor, or too many of them: the only two that the library throws here.
    return refuse(error.message, 'write the values out instead of using aliases');
  }
}

// yaml's second stage recurses; a deep file exhausts the stack and can abort the process. Its first stage does not.
function tooDeep(text: string): boolean {
  const parser = new Parser();
  for (const lexeme of new Lexer().lex(text)) {
    for (const _ of parser.next(lexeme));
    if (parser.stack.length > DEPTH_MAX) return true;
  }
  return false;
}
