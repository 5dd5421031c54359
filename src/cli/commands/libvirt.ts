import type { Libvirt } from '../../libvirt/index.js';
import { text } from '../options.js';

/** The option of every command that talks to libvirt. */
export const connectOption = {
  connect: text('connect', "libvirt's URI [default: $LIBVIRT_DEFAULT_URI or qemu:///system]"),
} as const;

/** Runs `work` with a connection to libvirt, and always closes it. */
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
