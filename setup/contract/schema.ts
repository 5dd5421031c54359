/** The schema of native/protocol.yaml; the file's head explains the keys. */
import * as z from 'zod';

const key = z.string().regex(/^[a-z][a-z0-9_]*$/);
const meaning = z.string();

/** The key's former name, and its values where they differed: new -> old. */
const formerly = z.strictObject({
  key,
  values: z.record(z.string(), z.string()).optional(),
});

const value = z.strictObject({
  type: z.string(),
  min: z.int().optional(),
  max: z.int().optional(),
  default: z.union([z.int(), z.string(), z.null()]).optional(),
  null: z.string().optional(),
  optional: z.string().optional(),
  later: z.literal(true).optional(),
  formerly: formerly.optional(),
  meaning: meaning.optional(),
  /** A line of the command line's help; absent: `meaning`. */
  describe: z.string().optional(),
  /** The placeholder for the number in vhost-switch --help. */
  unit: z.string().optional(),
  /** A setting that is fixed while the port exists. */
  fixed: z.literal(true).optional(),
  /** A setting without a default. */
  needed: z.literal(true).optional(),
});

const values = z.record(key, value);
const kind = z.enum(['port', 'switch']);

const type = z.strictObject({
  /** C's prefix of its bounds; absent: the name. */
  symbol: key.optional(),
  pattern: z.string().optional(),
  min: z.int().optional(),
  max: z.int().optional(),
  values: z.array(z.string().regex(/^[a-z][a-z0-9-]*$/)).optional(),
  shape: z.string(),
  want: z.string().optional(),
});

const object = z.strictObject({ meaning, settings: kind.optional(), keys: values.optional() });

const method = z.strictObject({
  summary: z.string(),
  /** One of the type `client_level`. */
  level: z.string(),
  /** TypeScript's name for the parameters. */
  takes: z
    .string()
    .regex(/^[A-Z]\w*$/)
    .optional(),
  params: values.optional(),
  settings: z.partialRecord(kind, z.enum(['all', 'changeable'])).optional(),
  /** Parameters after the settings. */
  more: values.optional(),
  result: z.union([z.string(), values]),
});

export const contractSchema = z.strictObject({
  protocol: z.int().min(1),
  control_socket: z.string().startsWith('/'),
  device_nodes: z.string().startsWith('/'),
  static_ports: z.string(),
  limits: z.record(key, z.strictObject({ value: z.int(), meaning })),
  types: z.record(key, type),
  settings: z.strictObject({ port: values, switch: values }),
  objects: z.record(key, object),
  events: z.record(z.string().regex(/^[a-z]+(-[a-z]+)?$/), z.strictObject({ meaning })),
  methods: z.record(z.string().regex(/^[a-z]+(\.[a-z]+)?$/), method),
  drop_reasons: z.record(
    key,
    z.strictObject({ side: z.enum(['receiver', 'sender', 'device']), meaning }),
  ),
  errors: z.record(key, z.strictObject({ code: z.int(), meaning })),
});

export type ContractFile = z.infer<typeof contractSchema>;
export type ValueEntry = z.infer<typeof value>;
export type TypeEntry = z.infer<typeof type>;
export type SettingKind = z.infer<typeof kind>;
