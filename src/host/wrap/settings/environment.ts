import { InvalidInput } from '../../../values/errors.js';
import { nearest } from '../../../values/nearest.js';
import { KEYS, type Key, type Layer } from './values.js';

export type Environment = Readonly<Record<string, string | undefined>>;

const PREFIX = 'VMLANE_';

/** The variable for the folder of the settings. */
export const FOLDER_VARIABLE = `${PREFIX}SETTINGS`;

/** The variable that sets a key: `socketDir` is VMLANE_SOCKET_DIR. */
export function variableOf(key: Key): string {
  return PREFIX + key.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
}

/** Variables and their keys. VMLANE_MEMORY overrides VMLANE_HUGEPAGES, which is older. */
const VARIABLES: ReadonlyMap<string, Key> = new Map([
  [`${PREFIX}HUGEPAGES`, 'memory'],
  ...KEYS.map((key): [string, Key] => [variableOf(key), key]),
]);

/** Our variables that are not settings of the wrapper. */
const OTHERS = /^VMLANE_(SETTINGS|DEBUG|LAB\w*|SWITCH_BINARY|SWITCH_TIMEOUT|TEST_\w+)$/;

/**
 * Settings from VMLANE_ variables, one layer for each; an empty one counts as unset. Lists, numbers,
 * `true` and `false` are written as in a settings file; everything else is plain text.
 * @throws InvalidInput naming the variable, also for a misspelt one
 */
export async function environmentLayers(env: Environment): Promise<Layer[]> {
  for (const name of Object.keys(env)) refuseMisspelt(name);
  const given = [...VARIABLES].filter(([name]) => env[name]);
  if (given.length === 0) return [];
  const [{ parseVariable }, { readYaml }] = await Promise.all([
    import('./schema.js'),
    import('../../../spec/yaml.js'),
  ]);
  return given.map(([name, key]) => {
    const text = env[name] ?? '';
    // Paths are not changed, except for a trailing slash: VMLANE_SOCKET_DIR=/run/vmlane/ has always been valid.
    const value = /^(\[.*|true|false|\d+)$/s.test(text)
      ? readYaml(text, name)
      : text.replace(/(?<=[^/])\/+$/, '');
    return parseVariable(key, value, name);
  });
}

function refuseMisspelt(name: string): void {
  if (!name.startsWith(PREFIX) || VARIABLES.has(name) || OTHERS.test(name)) return;
  const known = [...VARIABLES.keys(), FOLDER_VARIABLE].map((one) => one.slice(PREFIX.length));
  const near = nearest(name.slice(PREFIX.length), known);
  if (near === undefined) return;
  const remedy = `did you mean ${PREFIX}${near}?`;
  throw new InvalidInput({ thing: name, problem: 'unknown variable', remedy });
}
