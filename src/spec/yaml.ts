import { Lexer, LineCounter, Parser, parseDocument } from 'yaml';
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
    refuse('holds several documents', 'give each guest a file of its own', mistake.pos[0]);
  }
  if (mistake !== undefined) {
    const problem = mistake.code === 'DUPLICATE_KEY' ? 'the key is there twice' : mistake.message;
    const remedy = mistake.code === 'DUPLICATE_KEY' ? 'remove one' : 'write YAML 1.2 or JSON';
    refuse(problem, remedy, mistake.pos[0]);
  }
  try {
    return document.toJS({ maxAliasCount: ALIASES_MAX });
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
