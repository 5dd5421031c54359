import { InvalidInput } from '../../errors.js';
import type { Libvirt } from '../../libvirt/index.js';
import { text } from '../options.js';

/** The option of every command that talks to libvirt. */
export const connectOption = {
  connect: text('connect', "libvirt's URI [default: $LIBVIRT_DEFAULT_URI or qemu:///system]"),
} as const;

/** The URI to use: as given, else as virsh would take it. */
export function libvirtUri(given: string | undefined, env: NodeJS.ProcessEnv): string {
  return given ?? (env.LIBVIRT_DEFAULT_URI || 'qemu:///system');
}

/** Whether the URI names another host: its sockets and its switch are not ours. */
export function isRemote(uri: string): boolean {
  const host = /^[^:/]+:\/\/(?:[^@/?]*@)?(\[[^\]]*\]|[^:/?]*)/.exec(uri)?.[1] ?? '';
  return !['', 'localhost', '127.0.0.1', '[::1]'].includes(host);
}

/**
 * The URI of guests whose sockets the switch can reach: on this host, or its switch is named.
 * Throws InvalidInput for others.
 */
export function reachableUri(
  given: string | undefined,
  switchSocket: string | undefined,
  env: NodeJS.ProcessEnv,
): string {
  const uri = libvirtUri(given, env);
  if (!isRemote(uri) || switchSocket !== undefined) return uri;
  const problem = 'its sockets are on another host, out of reach of the switch here';
  const remedy = "run this there, or name its switch's forwarded socket with --switch";
  throw new InvalidInput({ thing: uri, problem, remedy });
}

/** Works with libvirt, and closes the connection whatever happens. */
export async function withLibvirt<T>(
  uri: string,
  work: (libvirt: Libvirt) => Promise<T>,
): Promise<T> {
  // Loaded only here: the bindings are native code that most commands do without.
  const { connect } = await import('../../libvirt/index.js');
  const libvirt = await connect(uri);
  try {
    return await work(libvirt);
  } finally {
    await libvirt.close();
  }
}
