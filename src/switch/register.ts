import { createHash } from 'node:crypto';
import { Failed } from '../errors.js';
import type { SwitchClient } from './client.js';
import type { Port, PortChange, PortRequest } from './types.js';

/** What a registration did: the ports as they are now, and the way back. */
export interface Registration {
  ports: { changed: boolean; port: Port }[];
  /** Takes back what was changed, newest first. Rejects with the first error, after trying all. */
  undo(): Promise<void>;
}

type Ports = Pick<SwitchClient, 'ports' | 'addPort' | 'removePort' | 'setPort'>;

/**
 * Sees to it that the switch has a port on each path. A port that has the path under another name
 * keeps it, and settings that the request does not name; a port that has the name on another path,
 * with no guest on it, is left over from an earlier definition and replaced. When one request
 * fails, the others are undone.
 */
export async function registerPorts(client: Ports, wanted: PortRequest[]): Promise<Registration> {
  const undoing: (() => Promise<unknown>)[] = [];
  const undo = async () => {
    const failures: unknown[] = [];
    for (const step of undoing.splice(0).reverse()) {
      await step().catch((error: unknown) => failures.push(error));
    }
    if (failures.length > 0) throw failures[0];
  };
  const ports: Registration['ports'] = [];
  try {
    const present = await client.ports();
    for (const request of wanted) {
      const onPath = present.find((port) => port.path === request.path);
      if (onPath) {
        const { name } = sameMode(onPath, request);
        const wrong = differing(onPath, request);
        if (wrong.length === 0) ports.push({ changed: false, port: onPath });
        else {
          const before = picked(onPath, wrong);
          ports.push(await client.setPort({ name, ...picked(request, wrong) }));
          undoing.push(() => client.setPort({ name, ...before }));
        }
        continue;
      }
      const stale = present.find((port) => port.name === request.name && port.state === 'waiting');
      if (stale) {
        await client.removePort(stale.name);
        undoing.push(() => client.addPort(settingsOf(stale)));
      }
      const added = await client.addPort(request);
      if (added.changed) undoing.push(() => client.removePort(request.name));
      ports.push(added);
    }
    return { ports, undo };
  } catch (error) {
    throw await undoneAfter(error, undo);
  }
}

/** Undoes; gives the error to throw: the one that led here, joined by what undoing met. */
export async function undoneAfter(error: unknown, undo: () => Promise<void>): Promise<unknown> {
  try {
    await undo();
    return error;
  } catch (second) {
    const trouble = {
      thing: 'ports of the switch',
      problem: `${words(error)}, and taking back what was added failed too (${words(second)})`,
      remedy: "see 'vmlane switch ports'",
    };
    return new Failed(trouble, { cause: new AggregateError([error, second]) });
  }
}

/** Name of the port of a guest's NIC: `guest.0` where the protocol allows it, else close to it. */
export function portName(guest: string, index: number): string {
  const plain = guest.replace(/[^A-Za-z0-9._:-]/g, '-').replace(/^[^A-Za-z0-9]+/, '');
  const suffix = `.${index}`;
  if (plain === guest && plain !== '' && plain.length + suffix.length <= 63) return plain + suffix;
  // The digest keeps two names apart that differ only in what was changed or cut.
  const digest = createHash('sha256').update(guest).digest('hex').slice(0, 8);
  return `${`${plain.slice(0, 63 - 9 - suffix.length)}-${digest}`.replace(/^-/, 'g-')}${suffix}`;
}

function sameMode(port: Port, request: PortRequest): Port {
  const mode = request.mode ?? 'client';
  if (port.mode === mode) return port;
  throw new Failed({
    thing: request.path,
    problem: `the switch has it as port ${port.name} in ${port.mode} mode, ${mode} mode is needed`,
    remedy: "change the mode of the guest's interface",
  });
}

/** What can be set of a port while it is there. */
const SETTINGS = ['vlan', 'mac', 'address_limit', 'flood_limit'] as const;
type Setting = (typeof SETTINGS)[number];

/** The settings that a request names and the port has otherwise. */
function differing(port: Port, request: PortRequest): Setting[] {
  return SETTINGS.filter((name) => request[name] !== undefined && request[name] !== port[name]);
}

function picked(of: Port | PortRequest, names: readonly Setting[]): Omit<PortChange, 'name'> {
  return Object.fromEntries(names.map((name) => [name, of[name]]));
}

function settingsOf(port: Port): PortRequest {
  const { name, path, mode } = port;
  return { name, path, mode, ...picked(port, SETTINGS) };
}

function words(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
