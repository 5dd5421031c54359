import { InvalidInput } from '../../values/errors.js';
import { shellWords } from '../../values/shell.js';
import type { PlanOptions } from './plan-options.js';
import type { Present } from './present.js';

/** Reasons not to remove domains of the set that no file describes. */
export function leftTroubles(left: readonly Present[], options: PlanOptions): InvalidInput[] {
  return left.flatMap((one) => {
    const trouble = elsewhere(one, options) ?? running(one, options);
    return trouble ? [trouble] : [];
  });
}

/** Refuses guests of another folder: two folders of one name must not undefine each other's guests. */
function elsewhere({ info, definition }: Present, { set, named, folder }: PlanOptions) {
  const of = definition?.mark?.folder;
  if (named || of === folder) return undefined;
  const problem = `no file describes it, and its set ${set} is of ${of || 'a folder unknown'}`;
  const byName = shellWords(['vmlane', 'domain', 'apply', '--set', set]);
  const remedy = `prune there, or name the set here: then the folder does not matter (${byName})`;
  return new InvalidInput({ thing: `domain ${info.name}`, problem, remedy });
}

function running({ info: { name, state } }: Present, { destroy }: PlanOptions) {
  if (state === 'shut off' || destroy) return undefined;
  const problem = `no file describes it, and it is not off: ${state}`;
  const stop = shellWords(['vmlane', 'domain', 'stop', name]);
  const remedy = `stop it first: ${stop}; or prune with --destroy`;
  return new InvalidInput({ thing: `domain ${name}`, problem, remedy });
}
