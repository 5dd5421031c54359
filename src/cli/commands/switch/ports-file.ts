/** Ports as `vmlane switch add --from` reads them. */
import type { Options } from 'yargs';
import type { PortRequest } from '../../../switch/index.js';
import { absoluteSocketPath } from '../../../switch/paths.js';
import { nameOf, readInput } from '../../../system/input.js';
import { errorText, InvalidInput } from '../../../values/errors.js';
import { USUAL_LISTENER } from '../../../values/guest-socket.js';
import { nearest } from '../../../values/nearest.js';
import type { Io } from '../../io.js';
import { mayBeNone } from './settings.js';

type Coerced = Options & { coerce(value: unknown): unknown };

/**
 * Reads a YAML or JSON list of ports, or one JSON object a line, with the keys of PORT's options in
 * snake_case: `{name: web1.0, path: /run/vmlane/guests/web1/0.sock, vlan: 100}`. The options check the
 * values. @throws InvalidInput naming file, port and key
 */
export async function portsOf(
  file: string,
  options: Readonly<Record<string, Coerced>>,
  io: Io,
): Promise<PortRequest[]> {
  const label = nameOf(file);
  const found = await parsed(await readInput(file, io), label);
  if (!Array.isArray(found) || found.length === 0) {
    const problem = 'is no list of ports';
    const remedy = 'write one as [{name: web1.0, path: /run/vmlane/guests/web1/0.sock}]';
    throw new InvalidInput({ thing: label, problem, remedy });
  }
  const requests = found.map((entry, i) => request(entry, `${label}: port ${i + 1}`, options));
  for (const key of ['name', 'path'] as const) {
    const values = requests.map((one) => one[key]);
    const twice = values.find((value, i) => values.indexOf(value) !== i);
    if (twice === undefined) continue;
    const problem = `two ports have the ${key} ${twice}`;
    throw new InvalidInput({ thing: label, problem, remedy: `give each a ${key} of its own` });
  }
  return requests;
}

async function parsed(text: string, label: string): Promise<unknown> {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const objects = lines.length > 0 && lines.every((line) => line.trimStart().startsWith('{'));
  if (!objects) return (await import('../../../spec/yaml.js')).readYaml(text, label);
  try {
    return lines.map((line) => JSON.parse(line));
  } catch (cause) {
    const remedy = 'give a list in YAML or JSON, or one JSON object a line';
    throw new InvalidInput({ thing: label, problem: errorText(cause), remedy }, { cause });
  }
}

function request(
  entry: unknown,
  thing: string,
  options: Readonly<Record<string, Coerced>>,
): PortRequest {
  if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) {
    const remedy = 'write {name: web1.0, path: /run/vmlane/guests/web1/0.sock}';
    throw new InvalidInput({ thing, problem: 'is not an object', remedy });
  }
  const values: Record<string, unknown> = {};
  const known = ['name', ...Object.keys(options).map((name) => name.replaceAll('-', '_'))];
  for (const [key, value] of Object.entries(entry)) {
    if (!known.includes(key)) {
      const near = nearest(key, known);
      const remedy = near ? `did you mean ${near}?` : `known are ${known.join(', ')}`;
      throw new InvalidInput({ thing, problem: `unknown key "${key}"`, remedy });
    }
    values[key] = checked(value, key, thing, options[key.replaceAll('_', '-')]);
  }
  for (const key of ['name', 'path']) {
    if (typeof values[key] === 'string') continue;
    throw new InvalidInput({ thing, problem: `${key} is missing`, remedy: 'give it one' });
  }
  const { name, path, ...settings } = values as unknown as PortRequest;
  return { name, path: absoluteSocketPath(path), listener: USUAL_LISTENER, ...settings };
}

/** The value as the option of this name reads it. */
function checked(value: unknown, key: string, thing: string, option: Coerced | undefined) {
  const text = typeof value === 'string' || typeof value === 'number' ? String(value) : '';
  if (value === null && mayBeNone(key)) return null;
  if (!option) return text || undefined;
  try {
    return option.coerce(text);
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    const { problem, remedy } = error.trouble;
    throw new InvalidInput({ thing: `${thing}: ${key}`, problem, remedy }, { cause: error });
  }
}
