import { InvalidInput } from '../values/errors.js';
import { nearest } from '../values/nearest.js';

/** There is no network of this name. */
export function unknownNetwork(name: string, known: readonly string[]): InvalidInput {
  const near = nearest(name, known);
  return new InvalidInput({
    thing: `network ${name}`,
    problem: 'the switch has no such network',
    remedy: near ? `did you mean ${near}?` : "'vmlane network list' lists its networks",
  });
}
