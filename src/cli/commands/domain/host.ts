import type { ConnectedHost } from '../../../guests/host.js';
import type { Io } from '../../io.js';

interface HostValues {
  connect?: string | undefined;
  'control-socket'?: string | undefined;
}

/** Runs `work` with the host that the options name, and always closes its connections. */
export async function withHost<T>(
  { connect, 'control-socket': controlSocket }: HostValues,
  io: Io,
  work: (host: ConnectedHost) => Promise<T>,
): Promise<T> {
  // Loaded only here: the bindings are native code that most commands do without.
  const { connectHost } = await import('../../../guests/host.js');
  const host = await connectHost({ uri: connect, controlSocket, env: io.env });
  try {
    return await work(host);
  } finally {
    await host.close();
  }
}
