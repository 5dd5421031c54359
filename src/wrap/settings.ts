import { InvalidInput } from '../errors.js';
import { DEFAULT_POLICY, type MemoryPolicy, type Policy } from '../qemu/index.js';

/** What the wrapper has to know of this host. All paths are absolute. */
export interface WrapSettings {
  /** The QEMU to become. */
  emulator: string;
  /** Control socket of vhost-switch. */
  switchSocket: string;
  policy: Policy;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** QEMU's names of the architectures that Node names otherwise. */
const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'x86_64', arm64: 'aarch64' };

/**
 * Settings from VMLANE_EMULATOR, VMLANE_SWITCH, VMLANE_SOCKET_DIR and VMLANE_HUGEPAGES; an empty
 * one counts as unset. Another source of settings makes a WrapSettings too; nothing else of the
 * wrapper reads the environment. @throws InvalidInput naming the variable
 */
export function settingsFromEnvironment(env: Environment): WrapSettings {
  const path = (name: string, otherwise: string) => absolute(name, env[name] || otherwise);
  const hugepages = env.VMLANE_HUGEPAGES;
  return {
    emulator: path('VMLANE_EMULATOR', defaultEmulator()),
    switchSocket: path('VMLANE_SWITCH', '/run/vmlane/switch.sock'),
    policy: {
      ...DEFAULT_POLICY,
      backend: {
        kind: 'vhost-user',
        socketDir: path('VMLANE_SOCKET_DIR', '/run/vmlane'),
        listener: 'qemu',
        reconnectSeconds: 1,
      },
      ...(hugepages && { memory: hugePageFolder(absolute('VMLANE_HUGEPAGES', hugepages)) }),
    },
  };
}

function hugePageFolder(folder: string): MemoryPolicy {
  return { ...DEFAULT_POLICY.memory, source: { kind: 'huge', folder, otherwise: 'refuse' } };
}

/** Where Debian and most others have the QEMU of this machine's architecture. */
export function defaultEmulator(): string {
  return `/usr/bin/qemu-system-${ARCHITECTURES[process.arch] ?? process.arch}`;
}

/** libvirt starts the wrapper in `/`, so a relative path would mean something else each time. */
function absolute(name: string, value: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the protocol forbids them in paths
  const problem = /[\u0000-\u001f\u007f]/.test(value)
    ? 'the path holds control characters'
    : value.split('/').includes('..')
      ? 'the path has a .. component'
      : value.startsWith('/')
        ? undefined
        : 'the path is not absolute';
  if (problem === undefined) return value;
  throw new InvalidInput({
    thing: `${name}=${value}`,
    problem,
    remedy: 'give a plain path that begins with /',
  });
}
