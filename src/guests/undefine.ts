import type { DomainState, Nvram } from '../libvirt/index.js';
import { Failed } from '../values/errors.js';
import { shellWords } from '../values/shell.js';
import type { GuestHost } from './host.js';
import { domainsOf, NO_PORTS, ownPorts } from './ports.js';
import { leavePorts, type RemovedPorts, type Tell } from './remove-ports.js';
import { guestInfo } from './stop.js';

/** How a definition is removed. */
export interface UndefineOptions {
  /** Also for a running guest: it keeps running, and is gone when it stops. */
  running?: boolean | undefined;
  /** What happens to its UEFI variables; libvirt refuses if this is not given. */
  nvram?: Nvram | undefined;
  /** Changes nothing, and reports what would be done. */
  dryRun?: boolean | undefined;
  tell?: Tell | undefined;
}

/** What was done. */
export interface Undefined {
  changed: boolean;
  state: DomainState;
  ports: RemovedPorts;
}

/**
 * Removes a guest's definition and, if it is off, its ports. Rejects with Failed for a guest without a
 * definition, and for a running one.
 */
export async function undefineGuest(
  host: GuestHost<'xml' | 'definition' | 'list' | 'state' | 'undefine'>,
  name: string,
  { running = false, nvram, dryRun = false, tell = () => {} }: UndefineOptions = {},
): Promise<Undefined> {
  const info = await guestInfo(host, name);
  const { state, persistent } = info;
  const stop = shellWords(['vmlane', 'domain', 'stop', name]);
  if (!persistent) {
    const problem = 'it has no definition: it is gone when it stops';
    throw new Failed({ thing: `domain ${name}`, problem, remedy: stop });
  }
  const off = state === 'shut off';
  if (!off && !running) {
    const problem = `it is not off: ${state}`;
    const goesOn = shellWords(['vmlane', 'domain', 'undefine', name, '--running']);
    const remedy = `stop it first: ${stop}; or let it go on without a definition: ${goesOn}`;
    throw new Failed({ thing: `domain ${name}`, problem, remedy });
  }
  const own = off ? ownPorts(await domainsOf(host, info)) : NO_PORTS;
  if (!dryRun) await host.libvirt.undefine(name, nvram);
  const done = dryRun ? 'would be removed' : 'is removed';
  tell(`${name}: its definition ${done}${off ? '' : `; it goes on until it stops (${state})`}`);
  const ports = await leavePorts(host, name, own, { dryRun, tell });
  return { changed: !dryRun, state, ports };
}
