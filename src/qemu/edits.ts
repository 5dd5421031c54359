import type { Carrier } from './nics/carriers.js';
import { boardDevice, type Guest, type Replacement, RULES } from './rules.js';
import type { Argument } from './syntax/arguments.js';

/** One argument (an option with its value) and its change. */
export interface Edit {
  kind: 'keep' | 'drop' | 'add';
  /** Its words in the vector: `['-netdev', '…']`. */
  args: string[];
  /** Name of the deciding rule; not for `keep`. */
  rule?: string;
  /** The rule's reason, one line. */
  why?: string;
}

/**
 * The change of each argument of `given`; `list` is the same with -readconfig files expanded.
 */
export function editsOf(
  given: readonly Argument[],
  list: readonly Argument[],
  guest: Guest,
): Edit[] {
  const board = guest.carriers.filter(({ nic }) => nic.onBoard);
  const first = list.find((argument) => argument.option === 'device');
  const around = (argument: Argument | undefined): Edit[] => [
    ...(argument === first ? boardEdits(board, guest) : []),
    ...decide(argument, guest),
  ];
  return [...given, undefined].flatMap((argument) => {
    const inside = list.filter((one) => argument && one.from === argument);
    if (inside.length === 0) return around(argument);
    return [drop(argument as Argument, CONFIG), ...inside.flatMap(around).flatMap(asNew)];
  });
}

/**
 * QEMU creates the board's NICs before the devices, and a NIC without an address gets the next
 * free one: placed before the first -device, they get the same one.
 */
function boardEdits(board: readonly Carrier[], guest: Guest): Edit[] {
  const rule = RULES.find((one) => one.name === 'board-nic') as (typeof RULES)[number];
  return board.flatMap((carrier) => adds(boardDevice(carrier, guest), because(rule)));
}

function decide(argument: Argument | undefined, guest: Guest): Edit[] {
  const rule = RULES.find((one) => one.applies(argument, guest));
  if (rule === undefined) return argument === undefined ? [] : [keep(argument)];
  const replacement = rule.replace(argument, guest);
  const [only] = replacement;
  if (argument && replacement.length === 1 && only?.[1] === argument.value) return [keep(argument)];
  const dropped = argument === undefined ? [] : [drop(argument, because(rule))];
  return [...dropped, ...adds(replacement, because(rule))];
}

interface Because {
  rule: string;
  why: string;
}

const CONFIG: Because = {
  rule: 'readconfig',
  why: 'what its file holds stands here as options, so that it can be changed',
};
const EXTRA: Because = { rule: 'extra-options', why: 'the settings add them' };

/** Rules without an argument to match. */
export const OTHER_RULES: readonly string[] = [CONFIG.rule, EXTRA.rule];

/** In a file, nothing can be kept or dropped. */
function asNew(edit: Edit): Edit[] {
  if (edit.kind === 'drop') return [];
  return [edit.kind === 'keep' ? { ...edit, ...CONFIG, kind: 'add' } : edit];
}

/** Words added by the settings, at the end. */
export function extraEdits(words: readonly string[]): Edit[] {
  return words.length === 0 ? [] : [{ kind: 'add', args: [...words], ...EXTRA }];
}

function adds(replacement: Replacement, reason: Because): Edit[] {
  return replacement.map(([option, value]) => ({
    kind: 'add',
    args: [`-${option}`, value],
    ...reason,
  }));
}

function drop(argument: Argument, reason: Because): Edit {
  return { kind: 'drop', args: [...argument.args], ...reason };
}

function because({ name, why }: (typeof RULES)[number]): Because {
  return { rule: name, why };
}

export function keep(argument: Argument): Edit {
  return { kind: 'keep', args: [...argument.args] };
}
