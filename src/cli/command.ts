import type { InferredOptionTypes, Options } from 'yargs';
import type { Io } from './io.js';

/** What has the names that a word may be: whoever completes it asks there (completion/names.ts). */
export type Names =
  | 'domain'
  | 'port'
  | 'network'
  | 'relay'
  | 'vf'
  | 'vf-address'
  | 'pf'
  | 'libvirt-network'
  | 'interface'
  | 'topic'
  | 'example'
  | 'file';

/** What may stand for a word of a command line, as far as that is known. */
export interface Completed {
  names?: Names;
  /** One of these. */
  words?: readonly string[];
}

/** A word after a command's name. */
export interface Positional extends Completed {
  describe: string;
}

/** Words after a command's name. */
export interface Several extends Positional {
  name: string;
  optional?: true;
}

/** An option, as yargs takes it, and what its values may be. */
export interface Option extends Options, Completed {}

/** Values of a command's options and positionals; the key `--` holds the words after `--`. */
export type Values<
  O extends Record<string, Option>,
  P extends string,
  Q extends string,
> = InferredOptionTypes<O> & { [name in P]: string } & { [name in Q]?: string } & {
  '--'?: string[];
  words: string[];
};

/** A command's definition; `run` returns the exit code, 0 if it returns none. */
export interface Definition<O extends Record<string, Option>, P extends string, Q extends string> {
  /** Group and name, such as `switch ports`. */
  path: readonly [group: string, name: string];
  /** One line for the list of commands. */
  summary: string;
  /** Required words after the name, in order. */
  positionals: { readonly [name in P]: Positional };
  /** Words that may follow them. */
  optional?: { readonly [name in Q]: Positional };
  options: O;
  /** A command line without `vmlane`, and what it does. */
  examples: readonly (readonly [line: string, what: string])[];
  /** The command takes words after `--`; this is their name in the usage line. */
  rest?: string;
  /** The command takes one or more words after the positionals, as `words`; with `optional`, also none. */
  several?: Several;
  /** What its page of the manual says beyond the help, as prose (prose.ts). */
  manual?: () => Promise<string>;
  run(values: Values<O, P, Q>, io: Io): Promise<number | undefined>;
}

/** A command without its value types, so that all commands fit one list. */
export interface Command {
  path: readonly [group: string, name: string];
  summary: string;
  positionals: Record<string, Positional>;
  optional?: Record<string, Positional>;
  options: Record<string, Option>;
  examples: readonly (readonly [line: string, what: string])[];
  rest?: string;
  several?: Several;
  manual?: () => Promise<string>;
  run(values: Record<string, unknown>, io: Io): Promise<number | undefined>;
}

/** Commands on one subject. */
export interface Group {
  name: string;
  summary: string;
  /** Its one command needs no name. */
  alone?: true;
  commands: readonly Command[];
}

/** Checks a definition's types and gives it as a Command. */
export function command<
  const O extends Record<string, Option>,
  P extends string = never,
  Q extends string = never,
>(definition: Definition<O, P, Q>): Command {
  return {
    ...definition,
    // The parser fills the values from this very definition's options.
    run: (values, io) => definition.run(values as Values<O, P, Q>, io),
  };
}
