import { DEFAULT_CONTROL_SOCKET } from '../../../contract/bounds.js';
import {
  DEFAULT_POLICY,
  type NicChoice,
  type Offload,
  type VhostUser,
} from '../../../qemu/policy.js';

/** All settings, for all guests or for one. The wrapper's README describes each. */
export interface Values {
  /** The QEMU to exec. `{arch}` stands for the wrapper's architecture, such as x86_64. */
  emulator: string;
  /** Control socket of vhost-switch. */
  switch: string;
  nics: NicChoice;
  backend: 'vhost-user' | 'vhost-net' | 'vhostfd' | 'tap-fd';
  /** For vhost-user: folder of the sockets, who listens, seconds between QEMU's attempts. */
  socketDir: string;
  listener: 'qemu' | 'switch';
  reconnectSeconds: number;
  /** For vhost-user: NICs whose guest may send from other addresses than its MAC, too. */
  otherMacs: VhostUser['otherMacs'];
  /** For vhostfd: pattern of the character device. */
  device: string;
  /** For tap-fd: patterns of the file that holds the descriptor's number, and of the one to write to before. */
  fdFile: string;
  enableFile: string;
  /** For tap-fd: the kernel's vhost-net drives the tap. */
  vhost: boolean;
  keepOffloads: 'all' | readonly Offload[];
  /** What replaces private RAM; a path is a hugetlbfs folder. */
  memory: 'keep' | 'memfd' | 'huge' | `/${string}`;
  /** For huge pages: their size (`2MiB`, `1GiB`), the host's NUMA node, what to do if there are too few. */
  pageSize: string;
  node: number;
  fewPages: 'refuse' | 'memfd';
  prealloc: 'huge' | 'always' | 'as-given';
  /** Guests without a rewritten NIC get that memory, too. */
  allGuests: boolean;
  /** Arguments added for every guest, and for guests with a rewritten NIC. */
  options: readonly string[];
  vhostOptions: readonly string[];
  /** File to which the arguments before and after are logged. */
  log: string;
}

export type Key = keyof Values;

const { backend, memory, extra } = DEFAULT_POLICY;
const vhostUser = backend.kind === 'vhost-user' ? backend : undefined;

/** Defaults, in the order in which settings are shown; null for none. */
export const DEFAULTS: { readonly [K in Key]: Values[K] | null } = {
  emulator: '/usr/bin/qemu-system-{arch}',
  switch: DEFAULT_CONTROL_SOCKET,
  nics: DEFAULT_POLICY.nics,
  backend: backend.kind,
  socketDir: vhostUser?.socketDir ?? null,
  listener: vhostUser?.listener ?? null,
  reconnectSeconds: vhostUser?.reconnectSeconds ?? null,
  otherMacs: vhostUser?.otherMacs ?? null,
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

/** Settings from one source, with the source's name in messages. */
export interface Layer {
  source: string;
  values: Partial<Values>;
}

/** Every key's value and its source; null if it is not set and has no default. */
export type Effective = { readonly [K in Key]: { value: Values[K] | null; source: string } };

/** The last layer that sets a key wins. Lists replace each other; they are not joined. */
export function merge(layers: readonly Layer[]): Effective {
  const found = KEYS.map((key) => {
    const layer = layers.findLast(({ values }) => values[key] !== undefined);
    const value = layer ? layer.values[key] : DEFAULTS[key];
    return [key, { value, source: layer?.source ?? 'default' }];
  });
  return Object.fromEntries(found) as Effective;
}
