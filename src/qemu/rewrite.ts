import type { PortRequest } from '../switch/types.js';
import { type Argument, parseArguments } from './arguments.js';
import { informational } from './informational.js';
import { findMemory } from './memory.js';
import { findNics } from './nics.js';
import type { Policy } from './policy.js';
import { type Guest, RULES } from './rules.js';

/** One argument (an option with its value) and what became of it. */
export interface Edit {
  kind: 'keep' | 'drop' | 'add';
  /** The words in the vector: `['-netdev', '…']`. */
  args: string[];
  /** Name of the rule that decided; not for `keep`. */
  rule?: string;
  /** The rule's reason, one line. */
  why?: string;
}

export interface Rewrite {
  /** The vector to run, without argv[0]. */
  argv: string[];
  /** Kept and dropped arguments make up the old vector, kept and added ones the new. */
  edits: Edit[];
  /** Ports that the switch must have before QEMU starts. */
  ports: PortRequest[];
  /** Why nothing was rewritten. */
  untouched?: string;
}

/**
 * Rewrites QEMU's arguments (without argv[0]) so that virtio NICs on taps and bridges become ports
 * of the switch. What no rule touches comes out byte for byte, in its place.
 * @throws InvalidInput when the list cannot be read or the guest cannot be on the switch
 */
export function rewrite(argv: readonly string[], policy: Policy): Rewrite {
  const list = parseArguments(argv);
  const reason = informational(list);
  if (reason !== undefined) return unchanged(list, reason);
  const nics = findNics(list, socketDirOf(policy));
  if (nics.length === 0) return unchanged(list, 'no virtio NIC on a tap or bridge');
  const guest = { nics, memory: findMemory(list) };
  const edits = [...list, undefined].flatMap((argument) => decide(argument, guest, policy));
  return {
    argv: edits.filter((edit) => edit.kind !== 'drop').flatMap((edit) => edit.args),
    edits,
    ports: nics.map((nic) => nic.port),
  };
}

function decide(argument: Argument | undefined, guest: Guest, policy: Policy): Edit[] {
  const rule = RULES.find((one) => one.applies(argument, guest));
  if (rule === undefined) return argument === undefined ? [] : [keep(argument)];
  const added = rule
    .replace(argument, guest, policy)
    .map(([option, value]) => [`-${option}`, value]);
  if (argument !== undefined && added.length === 1 && added[0]?.[1] === argument.value) {
    return [keep(argument)];
  }
  const because = { rule: rule.name, why: rule.why };
  const dropped: Edit[] =
    argument === undefined ? [] : [{ kind: 'drop', args: [...argument.args], ...because }];
  return [...dropped, ...added.map((args): Edit => ({ kind: 'add', args, ...because }))];
}

function unchanged(list: readonly Argument[], untouched: string): Rewrite {
  const edits = list.map(keep);
  return { argv: edits.flatMap((edit) => edit.args), edits, ports: [], untouched };
}

function keep(argument: Argument): Edit {
  return { kind: 'keep', args: [...argument.args] };
}

/** Only vhost-user needs sockets. */
function socketDirOf({ backend }: Policy): string {
  return backend.kind === 'vhost-user' ? backend.socketDir : '/run/vmlane';
}
