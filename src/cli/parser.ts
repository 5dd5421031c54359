import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import yargs, { type Argv } from 'yargs';
import { packageRoot } from '../switch/paths.js';
import { InvalidInput, VmlaneError } from '../values/errors.js';
import type { Command, Group } from './command.js';
import { unknownCommand, usageTrouble } from './usage.js';

/** Result of parsing: a text to print, or a command with its values. */
export type Selection =
  | { kind: 'text'; text: string }
  | { kind: 'run'; command: Command; values: Record<string, unknown> };

/** Width of help in columns; fixed, so that it reads the same everywhere. */
export const WIDTH = 96;

/** What the program, and the options of every command, are for. */
export const SUMMARY = "Puts virtual machines' network cards on the fast lane";
export const HELP = 'Show this help';
export const VERSION = 'Show the version';

/** Reads the words after `vmlane`; runs nothing, prints nothing. Throws InvalidInput. */
export function select(words: readonly string[], groups: readonly Group[]): Selection {
  const current = inFull(helpAsOption(words), groups);
  let text = '';
  const parser = build(groups);
  let parsed: { _: (string | number)[] };
  try {
    // With a callback yargs hands over help and version instead of printing them.
    parsed = parser.parseSync([...current], {}, (_error, _argv, output) => {
      text = output;
    });
  } catch (error) {
    if (error instanceof Chosen) return found(error);
    if (error instanceof VmlaneError) throw error;
    throw usageTrouble((error as Error).message, current, groups);
  }
  const named = parsed._.map(String);
  if (text !== '') {
    checkNamed(named, groups);
    return { kind: 'text', text: `${text.trimEnd()}\n` };
  }
  throw unknownCommand(named, groups);
}

/**
 * Thrown by a command's handler, when the values are parsed and checked: after a handler that returns, yargs
 * renders the command's help, which nobody sees and takes longer than all the rest of it.
 */
class Chosen {
  readonly command: Command;
  readonly values: Record<string, unknown>;

  constructor(command: Command, values: Record<string, unknown>) {
    this.command = command;
    this.values = values;
  }
}

function found(chosen: Chosen): Selection {
  return { kind: 'run', command: chosen.command, values: positionals(chosen) };
}

/** `help switch add` is `switch add --help`. */
function helpAsOption([first, ...rest]: readonly string[]): string[] {
  return first === 'help' ? [...rest, '--help'] : first === undefined ? [] : [first, ...rest];
}

/** `metrics --listen PLACE` is `metrics export --listen PLACE`. */
function inFull([first = '', ...rest]: string[], groups: readonly Group[]): string[] {
  const [command] = groups.find(({ name, alone }) => alone && name === first)?.commands ?? [];
  const [, name] = command?.path ?? [];
  const words = first === '' ? [] : [first, ...rest];
  return name === undefined || rest[0] === name ? words : [first, name, ...rest];
}

/** Refuses help for a command that does not exist. @throws InvalidInput */
function checkNamed(named: string[], groups: readonly Group[]): void {
  const [group, name] = named;
  if (group === undefined) return;
  const found = groups.find((one) => one.name === group);
  const known = name === undefined || found?.commands.some(({ path }) => path[1] === name);
  if (!found || !known) throw unknownCommand(named, groups);
}

function build(groups: readonly Group[]): Argv {
  const { version } = JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8')) as {
    version: string;
  };
  const parser = yargs()
    .scriptName('vmlane')
    .usage(`vmlane GROUP COMMAND [options]\n\n${SUMMARY}.`)
    .exitProcess(false)
    .fail(false)
    .detectLocale(false)
    .wrap(WIDTH)
    .strictOptions()
    .help('help', HELP)
    .alias('h', 'help')
    .version('version', VERSION, version)
    .updateStrings({ 'Commands:': 'Groups of commands:' })
    .parserConfiguration({
      'boolean-negation': false,
      'camel-case-expansion': false,
      'dot-notation': false,
      'greedy-arrays': false,
      'parse-numbers': false,
      'parse-positional-numbers': false,
      'populate--': true,
    });
  for (const group of groups) {
    parser.command(group.name, group.summary, (inner: Argv) => {
      inner.usage(`vmlane ${group.name} COMMAND [options]\n\n${group.summary}`);
      inner.updateStrings({ 'Commands:': 'Commands:' });
      const more = `'vmlane ${group.name} COMMAND --help' shows a command's options.`;
      inner.epilogue(`${examples(group.commands)}\n\n${more}`);
      for (const command of group.commands) addCommand(inner, command);
    });
  }
  const first = examples(groups.flatMap(({ commands }) => commands.slice(0, 1)));
  parser.epilogue(
    `${first}\n\n'vmlane GROUP --help' lists a group's commands, 'vmlane help' explains concepts.`,
  );
  return parser;
}

function addCommand(parser: Argv, command: Command): void {
  parser.command(
    command.path[1],
    command.summary,
    (inner: Argv) => {
      const described = wordsOf(command).map(({ word, describe }) => `${word}: ${describe}`);
      inner.usage([usageOf(command), command.summary, ...described].join('\n\n'));
      inner.options(command.options);
      inner.epilogue(examples([command], command.examples.length));
    },
    (values) => {
      throw new Chosen(command, values);
    },
  );
}

/** The words that a command takes, with what each is; its `usage` is as it stands in the usage line. */
export function wordsOf({
  positionals,
  optional = {},
  several,
}: Pick<Command, 'positionals' | 'optional' | 'several'>) {
  const words = Object.entries(positionals).map(([word, { describe }]) => {
    return { word, usage: word, describe };
  });
  for (const [word, { describe }] of Object.entries(optional)) {
    words.push({ word, usage: `[${word}]`, describe });
  }
  if (several) {
    const { describe } = several;
    const word = `${several.name}...`;
    words.push({ word, usage: several.optional ? `[${word}]` : word, describe });
  }
  return words;
}

/** How a command is called. */
export function usageOf(command: Command): string {
  const words = wordsOf(command).map(({ usage }) => usage);
  const usage = ['vmlane', ...command.path, ...words, '[options]'];
  if (command.rest) usage.push('--', command.rest);
  return usage.join(' ');
}

/** The first examples of each command, one per line: yargs would wrap them to fit two columns. */
function examples(commands: readonly Command[], ofEach = 1): string {
  const shown = commands.flatMap((command) => command.examples.slice(0, ofEach));
  const lines = shown.map(([line, what]) => `  vmlane ${line}\n      ${what}`);
  return ['Examples:', ...lines].join('\n');
}

/** Names the words after the command. yargs itself would lose a lone `-`. */
function positionals({ command, values }: Chosen) {
  const given = (values._ as (string | number)[]).slice(command.path.length).map(String);
  const names = Object.keys(command.positionals);
  const { several } = command;
  const first = names.length;
  if (several && !several.optional) names.push(several.name);
  const thing = `vmlane ${command.path.join(' ')}`;
  const remedy = `see '${thing} --help'`;
  const missing = names[given.length];
  names.push(...Object.keys(command.optional ?? {}));
  if (missing) throw new InvalidInput({ thing, problem: `${missing} is missing`, remedy });
  const extra = given[names.length];
  if (extra && !several)
    throw new InvalidInput({ thing, problem: `unexpected "${extra}"`, remedy });
  if (values['--'] !== undefined && !command.rest) {
    throw new InvalidInput({ thing, problem: 'takes nothing after --', remedy });
  }
  const found = Object.fromEntries(names.map((name, i) => [name, given[i]]));
  return { ...values, ...found, words: several ? given.slice(first) : [] };
}
