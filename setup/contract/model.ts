/** The contract in the form that the generators need: types resolved, settings in place. */
import { parse } from 'yaml';
import { type ContractFile, contractSchema, type TypeEntry, type ValueEntry } from './schema.js';

/** What a value is, with named types looked up. */
export type Kind =
  | { is: 'integer'; min: number; max: number | undefined }
  | { is: 'number' | 'boolean' | 'counts' }
  | { is: 'text'; max: number | undefined; named?: string }
  | { is: 'word'; values: string[]; named?: string }
  | { is: 'list'; of: Kind }
  | { is: 'object'; name: string };

export interface Value extends Omit<ValueEntry, 'min' | 'max'> {
  key: string;
  /** As written in the file, for the tables. */
  type: string;
  kind: Kind;
}

export interface Method {
  name: string;
  summary: string;
  level: string;
  takes: string | undefined;
  params: Value[];
  /** An object's name, or its own keys. */
  result: string | Value[];
}

export interface Contract
  extends Pick<
    ContractFile,
    'protocol' | 'control_socket' | 'device_nodes' | 'static_ports' | 'limits' | 'errors'
  > {
  types: Record<string, TypeEntry>;
  settings: { port: Value[]; switch: Value[] };
  objects: { name: string; meaning: string; values: Value[] }[];
  methods: Method[];
  events: ContractFile['events'];
  reasons: ContractFile['drop_reasons'];
}

/** Reads native/protocol.yaml's text. Throws Error if it is not a contract. */
export function readContract(text: string): Contract {
  const file = contractSchema.parse(parse(text));
  const types = filledIn(file.types);
  if (types.event_name) types.event_name.values = Object.keys(file.events);
  const values = (of: Record<string, ValueEntry> = {}) =>
    Object.entries(of).map(([key, entry]) => valueFrom(key, entry, types, file.objects));
  const settings = { port: values(file.settings.port), switch: values(file.settings.switch) };
  const objects = Object.entries(file.objects).map(([name, { meaning, keys, settings: kind }]) => ({
    name,
    meaning,
    // Without defaults: an answer contains all settings.
    values: [...(kind ? settings[kind].map(answered) : []), ...values(keys)],
  }));
  const methods = Object.entries(file.methods)
    .map(([name, { summary, level, takes, params, settings: of = {}, more, result }]) => {
      if (!types.client_level?.values?.includes(level))
        throw new Error(`${name}: ${level}: no such level`);
      const asked = (['port', 'switch'] as const).flatMap((kind) => {
        if (of[kind] === 'all') return settings[kind];
        // Absent parameters leave their settings unchanged.
        return of[kind] ? settings[kind].filter(({ fixed }) => !fixed).map(kept) : [];
      });
      const all = [...values(params), ...asked, ...values(more)];
      return { ...{ name, summary, level, takes, params: all }, result: resultOf(result, values) };
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const { protocol, control_socket, device_nodes, static_ports } = file;
  const { limits, errors, events, drop_reasons: reasons } = file;
  const named = { types, settings, objects, methods, events, reasons };
  return { protocol, control_socket, device_nodes, static_ports, limits, errors, ...named };
}

function resultOf(
  result: string | Record<string, ValueEntry>,
  values: (of: Record<string, ValueEntry>) => Value[],
): string | Value[] {
  return typeof result === 'string' ? result : values(result);
}

/** Whether a parameter may be left out. */
export function isOptional({ default: value, optional }: Value): boolean {
  return value !== undefined || optional !== undefined;
}

function answered({ default: _, ...value }: Value): Value {
  return value;
}

function kept({ default: _, ...value }: Value): Value {
  return { ...value, optional: 'unchanged' };
}

function filledIn(types: ContractFile['types']): Record<string, TypeEntry> {
  const fill = (text: string, entry: TypeEntry) =>
    text.replace(/\{(min|max)\}/g, (_, key: 'min' | 'max') => String(entry[key]));
  return Object.fromEntries(
    Object.entries(types).map(([name, entry]) => {
      const want = entry.want === undefined ? {} : { want: fill(entry.want, entry) };
      return [name, { ...entry, shape: fill(entry.shape, entry), ...want }];
    }),
  );
}

function valueFrom(
  key: string,
  { min, max, ...entry }: ValueEntry,
  types: Record<string, TypeEntry>,
  objects: ContractFile['objects'],
): Value {
  return { ...entry, key, kind: kindOf(entry.type, { min, max }, types, objects) };
}

function kindOf(
  type: string,
  { min, max }: { min: number | undefined; max: number | undefined },
  types: Record<string, TypeEntry>,
  objects: ContractFile['objects'],
): Kind {
  const named = types[type];
  if (named?.values) return { is: 'word', values: named.values, named: type };
  if (named?.min !== undefined) return { is: 'integer', min: named.min, max: named.max };
  if (named) return { is: 'text', max: named.max, named: type };
  if (objects[type]) return { is: 'object', name: type };
  if (type.startsWith('list of ')) {
    const of = kindOf(type.slice('list of '.length), { min, max }, types, objects);
    return { is: 'list', of };
  }
  if (type.includes(' | ')) return { is: 'word', values: type.split(' | ') };
  switch (type) {
    case 'integer':
      if (min === undefined || max === undefined) throw new Error(`${type}: give min and max`);
      return { is: 'integer', min, max };
    case 'count':
      return { is: 'integer', min: 0, max: undefined };
    case 'text':
      return { is: 'text', max };
    case 'number':
    case 'boolean':
    case 'counts':
      return { is: type };
    default:
      throw new Error(`${type}: no such type`);
  }
}
