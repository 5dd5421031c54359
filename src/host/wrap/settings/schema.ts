import * as z from 'zod';
import { OFFLOADS } from '../../../qemu/policy.js';
import {
  exactlyOne,
  filePath,
  line,
  mac,
  object,
  refused,
  size,
  socketPath,
} from '../../../spec/fields.js';
import { problemsOf } from '../../../spec/issues.js';
import { readYaml } from '../../../spec/yaml.js';
import { quote, refuse } from '../../../values/problems.js';
import type { Key, Layer, Values } from './values.js';

function oneOf<const T extends readonly [string, ...string[]]>(...words: T) {
  return z.enum(words, { error: `give ${words.join(' or ')}` });
}

function whole(min: number, max: number) {
  const error = `give a whole number, ${min} to ${max}`;
  return z.int({ error }).min(min, { error }).max(max, { error });
}

/** A path with the placeholders that src/qemu/policy.ts fills in. */
const pattern = filePath.superRefine((value, context) => {
  const remedy = 'the places are {guest}, {netdev}, {index} and {queue}';
  for (const [place, name] of value.matchAll(/\{([^}]*)\}/g)) {
    if (/^(guest|netdev|index|queue)$/.test(name ?? '')) continue;
    refused(context, { problem: `has an unknown place ${quote(place)}`, remedy });
  }
});

const nic = object({
  mac: mac.optional(),
  id: line(255).optional(),
  tap: line(15).optional(),
}).superRefine((value, context) => exactlyOne(['mac', 'id', 'tap'], value, context));

const NICS = 'give virtio, vhost or a list such as [{mac: "52:54:00:12:34:56"}, {tap: vnet0}]';
const OTHERS = 'give all or a list such as [{mac: "52:54:00:12:34:56"}, {tap: vnet0}]';
const MEMORY = 'give memfd, huge, keep or the folder of a hugetlbfs';

/** Each word becomes one argument of QEMU; no shell is involved. */
const words = z.array(line(4095), { error: 'give a list of words, such as ["-cpu", "host"]' });

// The first branch of a union that accepts a value's type gives the error (issues.ts).
const keys = {
  emulator: filePath,
  switch: socketPath,
  nics: z.union([z.array(nic), z.enum(['virtio', 'vhost'], { error: NICS })], { error: NICS }),
  backend: oneOf('vhost-user', 'vhost-net', 'vhostfd', 'tap-fd'),
  socketDir: filePath,
  listener: oneOf('qemu', 'switch'),
  reconnectSeconds: whole(1, 3600),
  otherMacs: z.union([z.array(nic), z.literal('all', { error: OTHERS })], { error: OTHERS }),
  device: pattern,
  fdFile: pattern,
  enableFile: pattern,
  vhost: z.boolean({ error: 'give true or false' }),
  keepOffloads: z.union(
    [
      z.array(z.enum(OFFLOADS, { error: `give any of ${OFFLOADS.join(', ')}` })),
      z.literal('all', { error: 'give all or a list' }),
    ],
    { error: 'give all or a list' },
  ),
  memory: z
    .string({ error: MEMORY })
    .superRefine((value, context) => {
      if (value.startsWith('/') || /^(keep|memfd|huge)$/.test(value)) return;
      refused(context, { problem: `got ${quote(value)}`, remedy: MEMORY });
    })
    .superRefine((value, context) => {
      if (!value.startsWith('/')) return;
      const { error } = filePath.safeParse(value);
      const [issue] = error?.issues ?? [];
      if (issue) context.addIssue({ ...issue, code: 'custom', path: [] } as never);
    }),
  pageSize: size,
  node: whole(0, 1023),
  fewPages: oneOf('refuse', 'memfd'),
  prealloc: oneOf('huge', 'always', 'as-given'),
  allGuests: z.boolean({ error: 'give true or false' }),
  options: words,
  vhostOptions: words,
  log: filePath,
} satisfies Record<Key, z.ZodType>;

const some = z.object(keys).partial().shape;

const guest = object(some);

const file = object({
  ...some,
  guests: z
    .record(z.string(), guest, { error: 'give a mapping of guests, by name or UUID' })
    .optional(),
});

/** Content of one settings file: for all guests, and for those that it names. */
export interface SettingsFile {
  values: Partial<Values>;
  guests: Readonly<Record<string, Partial<Values>>>;
}

/** Reads a settings file's text, which may be empty. @throws InvalidInput: `SOURCE: KEY: problem; remedy` */
export function parseFile(text: string, source: string): SettingsFile {
  const data = readYaml(text, source) ?? {};
  const accepted = file.safeParse(data);
  if (!accepted.success) return refuse(source, problemsOf(accepted.error.issues, data));
  const { guests = {}, ...values } = accepted.data;
  return { values, guests } as SettingsFile;
}

/** Reads the setting in the variable `source`. @throws InvalidInput naming the variable */
export function parseVariable(key: Key, value: unknown, source: string): Layer {
  const accepted = object(some).safeParse({ [key]: value });
  if (accepted.success) return { source, values: accepted.data as Partial<Values> };
  const problems = problemsOf(accepted.error.issues, { [key]: value });
  return refuse(
    source,
    problems.map(({ path, ...problem }) => ({ ...problem, path: path.slice(1) })),
  );
}
