import { DEFAULT_POLICY, type NicChoice, type Offload } from '../../../qemu/policy.js';

/** What can be set, for all guests and for one. The wrapper's README tells what each does. */
export interface Values {
  /** The QEMU to become. `{arch}` stands for the wrapper's architecture, such as x86_64. */
  emulator: string;
  /** Control socket of vhost-switch. */
  switch: string;
  nics: NicChoice;
  backend: 'vhost-user' | 'vhost-net' | 'vhostfd' | 'tap-fd';
  /** For vhost-user: folder of the sockets, who listens, seconds between QEMU's attempts. */
  socketDir: string;
  listener: 'qemu' | 'switch';
  reconnectSeconds: number;
  /** For vhostfd: pattern of the character device. */
  device: string;
  /** For tap-fd: patterns of the file with the number, and of the one that is written to before. */
  fdFile: string;
  enableFile: string;
  /** For tap-fd: the kernel's vhost-net drives the tap. */
  vhost: boolean;
  keepOffloads: 'all' | readonly Offload[];
  /** What private RAM is replaced by; a path is a hugetlbfs folder. */
  memory: 'keep' | 'memfd' | 'huge' | `/${string}`;
  /** For huge pages: their size (`2MiB`, `1GiB`), the host's NUMA node, what to do when there are too few. */
  pageSize: string;
  node: number;
  fewPages: 'refuse' | 'memfd';
  prealloc: 'huge' | 'always' | 'as-given';
  /** Guests none of whose NICs is rewritten get that memory, too. */
  allGuests: boolean;
  /** Words added to the arguments of every guest, and of guests with a rewritten NIC. */
  options: readonly string[];
  vhostOptions: readonly string[];
  /** File that gets the arguments before and after. */
  log: string;
}

export type Key = keyof Values;

const { backend, memory, extra } = DEFAULT_POLICY;
const vhostUser = backend.kind === 'vhost-user' ? backend : undefined;

/** What holds where nothing is set, in the order in which settings are shown; null: nothing. */
export const DEFAULTS: { readonly [K in Key]: Values[K] | null } = {
  emulator: '/usr/bin/qemu-system-{arch}',
  switch: '/run/vmlane/switch.sock',
  nics: DEFAULT_POLICY.nics,
  backend: backend.kind,
  socketDir: vhostUser?.socketDir ?? null,
  listener: vhostUser?.listener ?? null,
  reconnectSeconds: vhostUser?.reconnectSeconds ?? null,
  device: null,
  fdFile: null,
  enableFile: null,
  vhost: true,
  keepOffloads: DEFAULT_POLICY.keepOffloads,
  memory: memory.source.kind,
  pageSize: null,
  node: null,
  fewPages: 'refuse',
  prealloc: memory.prealloc,
  allGuests: memory.allGuests,
  options: extra.always,
  vhostOptions: extra.rewritten,
  log: null,
};

export const KEYS = Object.keys(DEFAULTS) as readonly Key[];

/** Settings from one place, with the place's name for people. */
export interface Layer {
  source: string;
  values: Partial<Values>;
}

/** Every key's value and where it came from; null: it is not set and has no default. */
export type Effective = { readonly [K in Key]: { value: Values[K] | null; source: string } };

/** The last layer that sets a key decides. Lists replace each other, they do not add up. */
export function merge(layers: readonly Layer[]): Effective {
  const found = KEYS.map((key) => {
    const layer = layers.findLast(({ values }) => values[key] !== undefined);
    const value = layer ? layer.values[key] : DEFAULTS[key];
    return [key, { value, source: layer?.source ?? 'default' }];
  });
  return Object.fromEntries(found) as Effective;
}
