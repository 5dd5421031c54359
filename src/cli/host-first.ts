/** `vmlane --host web1 switch ports`, which is `vmlane switch ports --host web1`. */
import { InvalidInput } from '../values/errors.js';
import { commandNamed } from './commands/index.js';
import { hostOption } from './host-option.js';
import { currentName } from './renamed.js';

/**
 * The option after the words of its command. What was said to be for other hosts is not done on this one: not even by
 * a command that has a `--host` of its own, as `switch add`. Rejects with InvalidInput.
 */
export async function hostLast(words: readonly string[]): Promise<readonly string[]> {
  const [first = '', ...rest] = words;
  const isAssigned = first.startsWith('--host=');
  if (first !== '--host' && !isAssigned) return words;
  const option = isAssigned ? [first] : [first, ...rest.splice(0, 1)];
  if (rest[0] === undefined || rest[0].startsWith('-')) return words;
  const [group, name] = currentName(rest);
  const [command] = (await commandNamed(group, name))?.commands ?? [];
  if (command && command.options.host !== hostOption.host) {
    throw new InvalidInput({
      thing: `vmlane ${command.path.join(' ')}`,
      problem: 'does not ask other hosts, so --host is not for it',
      remedy: 'run it on each, such as by ssh',
    });
  }
  const end = rest.includes('--') ? rest.indexOf('--') : rest.length;
  return [...rest.slice(0, end), ...option, ...rest.slice(end)];
}
