import { InvalidInput } from '../../values/errors.js';
import type { FileSet } from './read.js';

/** Choices on the command line, as they were made. */
interface Flags {
  start?: boolean | undefined;
  restart?: boolean | undefined;
  prune?: boolean | undefined;
  destroy?: boolean | undefined;
}

interface Choices extends Flags {
  force?: boolean | undefined;
  timeout?: number | undefined;
  set?: string | undefined;
}

/** The same, with what is not chosen. */
export function flagsOf({ start = false, restart = false, prune = false, destroy = false }: Flags) {
  return { start, restart, prune, destroy };
}

/** Options that say how another is done. */
const OF = { destroy: 'prune', force: 'restart', timeout: 'restart' } as const;

/** The set's name. Throws InvalidInput for options that do not go together. */
export function checkOptions(values: Choices, files: FileSet): string {
  for (const option of ['destroy', 'force', 'timeout'] as const) {
    const other = OF[option];
    if (!values[option] || values[other]) continue;
    const problem = `has no meaning without --${other}`;
    throw new InvalidInput({ thing: `--${option}`, problem, remedy: 'give both, or neither' });
  }
  if (values.prune && !files.whole) {
    const problem = 'needs a folder: one file says nothing of other guests';
    throw new InvalidInput({ thing: '--prune', problem, remedy: 'name the folder with --file' });
  }
  const set = values.set ?? files.name;
  // What XML can carry in an attribute.
  if (/^[^\p{Cc}\p{Cs}\ufffd-\uffff]{1,255}$/u.test(set)) return set;
  throw new InvalidInput({
    thing: values.set === undefined ? "the folder's name" : '--set',
    problem: `${JSON.stringify(set)} cannot be the name of a set`,
    remedy: 'give one with --set, such as --set guests',
  });
}
