import { InvalidInput } from '../values/errors.js';
import { nearest } from '../values/nearest.js';
import type { Group } from './command.js';

/** The error for words that name no command. */
export function unknownCommand([group, name]: string[], groups: readonly Group[]): InvalidInput {
  const names = groups.map((one) => one.name);
  const found = groups.find((one) => one.name === group);
  if (!found) return notKnown('vmlane', group, names);
  return notKnown(
    `vmlane ${found.name}`,
    name,
    found.commands.map((one) => one.path[1]),
  );
}

/** Turns an error of the parser into ours; `words` are what the user wrote. */
export function usageTrouble(
  complaint: string,
  words: readonly string[],
  groups: readonly Group[],
): InvalidInput {
  const command = words.slice(0, words.findIndex((word) => word.startsWith('-')) >>> 0);
  const group = groups.find((one) => one.name === command[0]);
  const found = group?.commands.find((one) => one.path[1] === command[1]);
  const written = ['vmlane', group?.name, found?.path[1]].filter(Boolean).join(' ');
  const unknown = /^Unknown arguments?: ([^,]+)/.exec(complaint)?.[1];
  if (unknown !== undefined) {
    if (command.length > 0 && !found) return unknownCommand(command, groups);
    const known = ['help', ...Object.keys(found?.options ?? { version: true })];
    const near = nearest(unknown, known);
    return new InvalidInput({
      thing: written,
      problem: `unknown option ${dashed(unknown, words)}`,
      remedy: near ? `did you mean --${near}?` : `see '${written} --help'`,
    });
  }
  const value = /^(--\S+: .+); (.+)$/.exec(complaint);
  if (value?.[1] && value[2]) {
    return new InvalidInput({ thing: written, problem: value[1], remedy: value[2] });
  }
  const missing = /^Missing required arguments?: ([^,]+)/.exec(complaint)?.[1];
  const short = /^Not enough arguments following: (.+)$/.exec(complaint)?.[1];
  return new InvalidInput({
    thing: written,
    problem: missing ? `--${missing} is missing` : short ? `--${short} needs a value` : complaint,
    remedy: `see '${written} --help'`,
  });
}

function notKnown(thing: string, word: string | undefined, known: string[]): InvalidInput {
  const near = word && nearest(word, known);
  return new InvalidInput({
    thing,
    problem: word ? `unknown command "${word}"` : `a command is missing (${known.join(', ')})`,
    remedy: near ? `did you mean '${thing} ${near}'?` : `see '${thing} --help'`,
  });
}

// Keeps the user's spelling: -x stays -x.
function dashed(name: string, words: readonly string[]): string {
  return words.find((word) => word.replace(/=.*/s, '') === `-${name}`) ? `-${name}` : `--${name}`;
}
