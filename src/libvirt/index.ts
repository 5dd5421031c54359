/** libvirt behind a narrow interface. The only importer of the bindings. */
import { InvalidInput, VmlaneError } from '../values/errors.js';
import { loadBinding } from './binding.js';
import { Connection } from './connection.js';
import { troubleOf } from './errors.js';
import type { Libvirt } from './interface.js';

export type { DomainInfo, Libvirt, ListedDomain, Nvram, XmlKind } from './interface.js';
export type { DomainState } from './state.js';

/**
 * Connects to a URI of libvirt, local or remote (`qemu:///system`, `qemu+ssh://host/system`, `test:///default`,
 * `qemu+unix:///system?socket=PATH`).
 * Rejects with InvalidInput for a URI unknown to libvirt, Failed when nobody answers or the bindings do not load.
 */
export async function connect(uri: string): Promise<Libvirt> {
  if (uri === '' || uri.includes('\0')) {
    // To libvirt, an empty URI means "guess".
    const problem = 'is empty or holds a NUL';
    throw new InvalidInput({
      thing: 'libvirt URI',
      problem,
      remedy: 'give one, such as qemu:///system',
    });
  }
  const binding = await loadBinding(uri);
  try {
    await binding.connectOpen();
  } catch (error) {
    throw troubleOf(error, uri, 'connect');
  }
  return new Connection(uri, binding);
}

/** Whether an operation failed because there is no such domain: a transient one vanishes when it stops. */
export function isNoSuchDomain(error: unknown): boolean {
  return error instanceof VmlaneError && error.trouble.problem.startsWith('Domain not found');
}
