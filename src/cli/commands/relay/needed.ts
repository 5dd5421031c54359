import { InvalidInput } from '../../../values/errors.js';

/** The value of an option that a command cannot do without. @throws InvalidInput */
export function needed<T>(command: string, value: T | undefined, option: string): T {
  if (value !== undefined) return value;
  const thing = `vmlane relay ${command}`;
  const problem = `${option} is missing`;
  throw new InvalidInput({ thing, problem, remedy: `see '${thing} --help'` });
}
