import { InvalidInput } from '../../values/errors.js';
import { FLAGS } from './flags.js';
import { type Properties, parseProperties } from './properties.js';

/** One element of QEMU's command line: an option with its value, or a bare disk image. */
export interface Argument {
  /** Without dashes, `-M` as `machine`; undefined for a bare disk image. */
  option?: string;
  value?: string;
  /** The value's properties, for options used by the rules. */
  properties?: Properties;
  /** The words in the vector. */
  args: readonly string[];
  /** The -readconfig with the file that contains it; undefined for the vector itself. */
  from?: Argument;
}

const ALIASES: ReadonlyMap<string, string> = new Map([['M', 'machine']]);

/**
 * Cuts a vector (without argv[0]) into arguments, as QEMU does: one or two dashes, an option takes
 * one value unless it is in FLAGS. An unknown option counts as one with a value; QEMU refuses it
 * anyway. @throws InvalidInput when a value is missing or its JSON is broken
 */
export function parseArguments(argv: readonly string[]): Argument[] {
  const found: Argument[] = [];
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at] as string;
    if (!word.startsWith('-')) {
      found.push({ args: [word] });
      continue;
    }
    if (FLAGS.has(optionName(word))) {
      found.push(toArgument([word]));
      continue;
    }
    const value = argv[++at];
    if (value === undefined) {
      throw new InvalidInput({
        thing: word,
        problem: 'its value is missing, the argument list ends here',
        remedy: 'give the value or leave the option out',
      });
    }
    found.push(toArgument([word, value]));
  }
  return found;
}

/** `words`: an option, and its value where it takes one. @throws InvalidInput for broken JSON */
export function toArgument(words: readonly string[]): Argument {
  const [word = '', value] = words;
  const option = optionName(word);
  if (value === undefined) return { option, args: words };
  const properties = parseProperties(option, value);
  return { option, value, args: words, ...(properties && { properties }) };
}

function optionName(word: string): string {
  const name = word.slice(word.startsWith('--') ? 2 : 1);
  return ALIASES.get(name) ?? name;
}

const NONE: Properties = { syntax: 'keyval', members: [] };

/** The properties of an argument's value; none if it has none or there is no argument. */
export function propertiesOf(argument: Argument | undefined): Properties {
  return argument?.properties ?? NONE;
}

/** The vector again, byte for byte. */
export function renderArguments(list: readonly Argument[]): string[] {
  return list.flatMap((argument) => argument.args);
}
