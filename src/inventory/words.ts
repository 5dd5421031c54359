/** The words of a command that other hosts run: options of a fixed list, with values that any shell takes as they are. */
import { InvalidInput } from '../values/errors.js';
import { quote } from '../values/problems.js';

/** Options with a value that are passed on, if they are given. */
export interface PassedOn {
  'control-socket'?: string | undefined;
  connect?: string | undefined;
}

/** `vmlane`, the command, its names, its options, `--json`. @throws InvalidInput */
export function wordsThere(
  command: readonly string[],
  options: PassedOn,
  more: readonly string[] = [],
): string[] {
  const { 'control-socket': socket, connect } = options;
  if (socket !== undefined && !socket.startsWith('/')) {
    const problem = `${quote(socket)} means nothing on other hosts`;
    throw new InvalidInput({ thing: '--control-socket', problem, remedy: 'give an absolute path' });
  }
  const passed = Object.entries({ 'control-socket': socket, connect });
  return [
    'vmlane',
    ...command,
    ...passed.flatMap(([name, value]) =>
      value === undefined ? [] : `--${name}=${plainWord(value, `--${name}`)}`,
    ),
    ...more,
    '--json',
  ];
}

/** A name for another host: it is no option, and no control character is in it. @throws InvalidInput */
export function plainWord(word: string, thing: string): string {
  if (!/\p{Cc}/u.test(word) && !word.startsWith('-')) return word;
  const problem = `${quote(word)} cannot be asked for on other hosts`;
  throw new InvalidInput({ thing, problem, remedy: 'give one without control characters' });
}
