/** What `vmlane domain stop` and `destroy` have in common. */

import type { RemovedPorts } from '../../../guests/remove-ports.js';
import type { Stopped } from '../../../guests/stop.js';
import type { DomainInfo, Libvirt } from '../../../libvirt/index.js';
import { libvirtUri } from '../../../libvirt/uri.js';
import { Failed } from '../../../values/errors.js';
import { type Io, say } from '../../io.js';
import { flag, json } from '../../options.js';
import { printJson } from '../../output.js';
import { connectOption, withLibvirt } from '../libvirt.js';
import { controlSocket } from '../switch/client.js';

export const offOptions = {
  ...connectOption,
  ...controlSocket,
  'keep-ports': flag('Leave its ports in the switch'),
  'dry-run': flag('Say what would be done, and do nothing'),
  json,
} as const;

export interface OffValues {
  NAME: string;
  connect?: string | undefined;
  'control-socket'?: string | undefined;
  'keep-ports'?: boolean | undefined;
  'dry-run'?: boolean | undefined;
  json?: boolean | undefined;
}

/** The domain as libvirt lists it; rejects as libvirt does for one that is not there. */
export async function domainInfo(libvirt: Libvirt, name: string): Promise<DomainInfo> {
  const found = (await libvirt.list()).find((one) => one.name === name);
  if (found) return found;
  const state = await libvirt.state(name);
  const problem = `it came while the domains were listed (${state})`;
  throw new Failed({ thing: `domain ${name}`, problem, remedy: 'try again' });
}

/** Turns a guest off by `act`, then takes its ports away. `would` is what a dry run says of a guest that runs. */
export async function turnOff(
  values: OffValues,
  io: Io,
  would: string,
  act: (libvirt: Libvirt) => Promise<Stopped>,
): Promise<number> {
  const { NAME, 'dry-run': dryRun, 'keep-ports': keep } = values;
  const { socketsOf } = await import('../../../guests/remove-ports.js');
  const uri = libvirtUri(values.connect, io.env);
  return withLibvirt(uri, async (libvirt) => {
    const info = await domainInfo(libvirt, NAME);
    const sockets = await socketsOf(libvirt, info);
    let done: Stopped = { changed: false, forced: false };
    if (info.state === 'shut off') say(io, `${NAME} is off already`);
    else if (dryRun) say(io, `${NAME}: ${would}`);
    else {
      done = await act(libvirt);
      const how = done.forced ? 'its power was taken off' : 'it shut down';
      say(io, done.changed ? `${NAME} is off: ${how}` : `${NAME} is off already`);
    }
    const ports =
      keep || sockets.length === 0
        ? { removed: [], busy: [] }
        : await portsAway(io, uri, values, sockets);
    if (values.json) {
      const changed = done.changed || (!dryRun && ports.removed.length > 0);
      const state = dryRun ? info.state : 'shut off';
      printJson(io, { name: NAME, uri, ...done, changed, state, ports: { ...ports } });
    }
    return 0;
  });
}

async function portsAway(
  io: Io,
  uri: string,
  { NAME, 'control-socket': named, 'dry-run': dryRun }: OffValues,
  sockets: string[],
): Promise<RemovedPorts> {
  const { ownPorts } = await import('../../../domain/own-ports.js');
  const { removePorts, tellOutOfReach, tellRemoved } = await import(
    '../../../guests/remove-ports.js'
  );
  const { switchOf, withReached } = await import('../../../guests/reach-switch.js');
  const tell = (text: string) => say(io, text);
  return withReached(switchOf(uri, named, io.env), async (reached) => {
    if (!reached.client) {
      tellOutOfReach(tell, NAME, reached);
      return { removed: [], busy: [] };
    }
    if (dryRun) {
      const own = ownPorts(await reached.client.ports(), NAME, sockets).map(({ name }) => name);
      for (const name of own) say(io, `${NAME}: port ${name} would be removed`);
      return { removed: own, busy: [] };
    }
    const ports = await removePorts(reached.client, NAME, sockets);
    tellRemoved(tell, NAME, ports);
    return ports;
  });
}
