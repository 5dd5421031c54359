import type {
  CoreStats,
  FdbEntry,
  FdbStats,
  Hello,
  MethodInfo,
  Port,
  PortStats,
  Settings,
  Stats,
  SwitchInfo,
  UplinkInfo,
  UplinkStats,
} from './types.js';

/** Says where in an answer something has the wrong shape; the client turns it into its own error. */
export class WrongShape extends Error {}

/** Returns the value with its type, or throws WrongShape naming `at`. */
export type Shape<T> = (value: unknown, at: string) => T;

function primitive<T>(what: string, fits: (value: unknown) => value is T): Shape<T> {
  return (value, at) => {
    if (!fits(value)) throw new WrongShape(`${at} is not ${what}`);
    return value;
  };
}

const text = primitive('text', (v): v is string => typeof v === 'string');
const flag = primitive('true or false', (v): v is boolean => typeof v === 'boolean');
const count = primitive(
  'a whole number',
  (v): v is number => typeof v === 'number' && Number.isSafeInteger(v) && v >= 0,
);
const amount = primitive(
  'a number',
  (v): v is number => typeof v === 'number' && Number.isFinite(v) && v >= 0,
);

function oneOf<const T extends string>(...values: T[]): Shape<T> {
  return primitive(values.join(' or '), (v): v is T => (values as unknown[]).includes(v));
}

const record = primitive(
  'an object',
  (v): v is Record<string, unknown> => typeof v === 'object' && v !== null && !Array.isArray(v),
);

function list<T>(item: Shape<T>): Shape<T[]> {
  return (value, at) => {
    if (!Array.isArray(value)) throw new WrongShape(`${at} is not a list`);
    return value.map((one: unknown, i) => item(one, `${at}[${i}]`));
  };
}

/**
 * An object with these keys; keys it does not know are left out, a later switch may add some.
 * `later`: keys that an earlier switch of this version does not send, or only sends at times.
 */
function object<T>(
  shapes: { [K in keyof T as undefined extends T[K] ? never : K]: Shape<T[K]> },
  later: {
    [K in keyof T as undefined extends T[K] ? K : never]?: Shape<NonNullable<T[K]> | null>;
  } = {},
): Shape<T> {
  const needed = Object.entries(shapes) as [string, Shape<unknown>][];
  const optional = Object.entries(later) as [string, Shape<unknown>][];
  return (value, at) => {
    const from = record(value, at);
    const present = optional.filter(([key]) => from[key] !== undefined);
    return Object.fromEntries(
      [...needed, ...present].map(([key, shape]) => [key, shape(from[key], `${at}.${key}`)]),
    ) as T;
  };
}

function nullable<T>(shape: Shape<T>): Shape<T | null> {
  return (value, at) => (value === null ? null : shape(value, at));
}

const counts: Shape<Record<string, number>> = (value, at) =>
  Object.fromEntries(
    Object.entries(record(value, at)).map(([reason, n]) => [reason, count(n, `${at}.${reason}`)]),
  );

const port = object<Port>(
  {
    id: count,
    name: text,
    path: text,
    mode: oneOf('client', 'server'),
    vlan: count,
    state: oneOf('waiting', 'up'),
    queues: count,
    features: text,
    lcore: count,
  },
  {
    mac: nullable(text),
    address_limit: count,
    flood_limit: count,
    tag: count,
    mirror: nullable(text),
  },
);

const portStats = object<PortStats>(
  {
    name: text,
    rx_packets: count,
    rx_bytes: count,
    tx_packets: count,
    tx_bytes: count,
    drops: counts,
  },
  {
    bad_chains: count,
    broken: count,
    mirror: object<NonNullable<PortStats['mirror']>>({ written: count, lost: count }),
  },
);

const uplinkStats = object<UplinkStats>({
  rx_packets: count,
  rx_bytes: count,
  tx_packets: count,
  tx_bytes: count,
  drops: counts,
  nic: counts,
});

const coreStats = object<CoreStats>({ lcore: count, busy_cycles: count, busy_packets: count });

const settings = object<Settings>({
  ageing: count,
  idle_sleep: count,
  stats: count,
  rx_retry: count,
  rx_retry_num: count,
  rx_retry_delay: count,
});

const uplinkInfo = object<UplinkInfo>(
  {
    port: count,
    name: text,
    driver: text,
    mac: text,
    classification: oneOf('vmdq', 'software'),
    why: text,
    pools: count,
    rx_queues: count,
    mtu: count,
    promiscuous: flag,
    vlan_strip: flag,
    link: oneOf('up', 'down'),
    filters: count,
  },
  { checksums: flag },
);

const fdbStats = object<FdbStats>({
  entries: count,
  capacity: count,
  learned: count,
  moved: count,
  aged: count,
  evicted: count,
  refused: count,
});

/** The result of each method of the protocol. */
export const results = {
  hello: object<Hello>({
    protocol: count,
    name: text,
    version: text,
    dpdk: text,
    pid: count,
    uptime: amount,
  }),
  methods: object<{ methods: MethodInfo[] }>({
    methods: list(object<MethodInfo>({ name: text, summary: text, params: list(text) })),
  }),
  portAdd: object<{ changed: boolean; port: Port }>({ changed: flag, port }),
  portChange: object<{ changed: boolean; port: Port }>({ changed: flag, port }),
  portRemove: object<{ changed: boolean }>({ changed: flag }),
  ports: object<{ ports: Port[] }>({ ports: list(port) }),
  fdb: object<{ entries: FdbEntry[]; total: number }>({
    entries: list(object<FdbEntry>({ mac: text, vlan: count, port: text, age: amount })),
    total: count,
  }),
  stats: object<Stats>(
    { ports: list(portStats), fdb: fdbStats },
    { cores: list(coreStats), tsc: amount, uplink: uplinkStats },
  ),
  info: object<SwitchInfo>(
    {
      lcores: list(
        object<SwitchInfo['lcores'][number]>({ lcore: count, cpu: count, ports: count }),
      ),
      vm2vm: count,
      mergeable: flag,
      max_frame: count,
      max_ports: count,
      settings,
    },
    { uplink: uplinkInfo, tx_csum: flag, tso: flag },
  ),
  set: object<{ changed: boolean; settings: Settings }>({ changed: flag, settings }),
};

/** An answer's envelope: `id` null when the switch could not tell which request it answers. */
export interface Answer {
  id: number | null;
  result?: unknown;
  error?: { code: number; message: string };
}

/** Parses one line of the switch; throws WrongShape. */
export function parseAnswer(line: string): Answer {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (cause) {
    throw new WrongShape('not JSON', { cause });
  }
  const message = record(value, 'the answer');
  if (message.jsonrpc !== '2.0') throw new WrongShape('the answer is not JSON-RPC 2.0');
  const id = message.id === null ? null : count(message.id, 'id');
  if (message.error !== undefined) {
    const { code, message: words } = record(message.error, 'error');
    if (typeof code !== 'number') throw new WrongShape('error.code is not a number');
    return { id, error: { code, message: text(words, 'error.message') } };
  }
  if (!('result' in message)) throw new WrongShape('neither result nor error');
  return { id, result: message.result };
}
