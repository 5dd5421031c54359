import { PORT_SETTINGS } from '../contract/bounds.js';
import type { Listener, Port, PortChange, PortRequest } from '../contract/types.js';
import { errorText, Failed, InvalidInput } from '../values/errors.js';
import { isPeerLabel } from '../values/peer-label.js';
import type { SwitchClient } from './client.js';

/** The result of a registration: the present ports, and the way back. */
export interface Registration {
  ports: { changed: boolean; port: Port }[];
  /** Undoes the changes, newest first. Rejects with the first error, after trying all. */
  undo(): Promise<void>;
}

type Ports = Pick<SwitchClient, 'ports' | 'addPort' | 'removePort' | 'setPort'>;

/** The step for one port: it exists, is set, is added, or replaces a left-over one. */
export type PortStep =
  | { kind: 'keep'; port: Port }
  | { kind: 'set'; port: Port; before: PortValues; after: PortValues }
  | { kind: 'add'; request: PortRequest; stale?: Port };

/**
 * Ensures that the switch has a port on each path, by planPorts. If one request fails, the others
 * are undone.
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
    for (const step of planPorts(await client.ports(), wanted)) {
      if (step.kind === 'keep') ports.push({ changed: false, port: step.port });
      else if (step.kind === 'set') {
        const { name } = step.port;
        ports.push(await asKnown({ name, ...step.after }, (change) => client.setPort(change)));
        undoing.push(() => client.setPort({ name, ...step.before }));
      } else {
        const { stale, request } = step;
        if (stale) {
          await client.removePort(stale.name);
          undoing.push(() => client.addPort(settingsOf(stale)));
        }
        const added = await asKnown(request, (known) => client.addPort(known));
        if (added.changed) undoing.push(() => client.removePort(request.name));
        ports.push(added);
      }
    }
    return { ports, undo };
  } catch (error) {
    throw await undoneAfter(error, undo);
  }
}

/**
 * The steps to a port on each path. A port with the path and another name keeps its name, and
 * settings absent from the request; but how it stands in VLANs is said as a whole. A port with the
 * name on another path and without a guest is left over from an earlier definition and replaced,
 * unless that path is wanted, too: then the name gets another number. Throws Failed for a path on
 * which the other side listens.
 */
export function planPorts(present: readonly Port[], wanted: readonly PortRequest[]): PortStep[] {
  const paths = new Set(wanted.map(({ path }) => path));
  const names = new Set(wanted.map(({ name }) => name));
  for (const { name, path } of present) if (paths.has(path)) names.add(name);
  return wanted.map((request): PortStep => {
    const onPath = present.find((port) => port.path === request.path);
    if (request.relay != null) mustBeRelay(present, request.relay, request.path, onPath);
    if (onPath) {
      const port = sameListener(onPath, request);
      const whole = withAllOfVlans(onPath.relay ? inRelay(request) : request);
      const wrong = differing(port, whole);
      if (wrong.length === 0) return { kind: 'keep', port };
      return { kind: 'set', port, before: picked(port, wrong), after: picked(whole, wrong) };
    }
    const holder = present.find((port) => port.name === request.name);
    if (holder && paths.has(holder.path)) {
      const name = nextName(request.name, (one) => names.has(one) || isTaken(present, one));
      names.add(name);
      return { kind: 'add', request: brief({ ...request, name }) };
    }
    // An interface or a device is nobody's left-over.
    const stale =
      holder?.state === 'waiting' && !holder.interface && !holder.device ? { stale: holder } : {};
    return { kind: 'add', request: brief(request.relay ? inRelay(request) : request), ...stale };
  });
}

/** A guest that is to be a VF's alone must not start on a switched port, or with nobody behind it. @throws Failed */
function mustBeRelay(
  present: readonly Port[],
  relay: string,
  path: string,
  onPath: Port | undefined,
): void {
  const refused = (problem: string, remedy: string) =>
    new Failed({ thing: `relay ${relay}`, problem, remedy });
  const others = present.filter((port) => port.relay === relay && port.path !== path);
  const add = `make it: vmlane relay add ${relay} --pci-addr ADDRESS --path ${path}; or, for a VF, vmlane switch settings set relay.${relay}=ADDRESS, and restart the switch`;
  if (others.length === 0) throw refused('the switch has no such relay with a device', add);
  const guest = others.find((port) => port.path);
  if (guest) {
    const problem = `has the socket ${guest.path}, not ${path}`;
    throw refused(problem, `give the guest's NIC socket: ${guest.path}`);
  }
  if (!onPath || onPath.relay === relay) return;
  const problem = `the socket ${path} is that of port ${onPath.name}, which is not in it`;
  throw refused(problem, `remove that first: vmlane switch remove ${onPath.name}`);
}

/**
 * Asks again without a label that the switch refuses: it is of an earlier version, and its ports are served
 * unchecked, as they always were. A guest must start while that runs on after an update.
 */
async function asKnown<R extends { peer_label?: string | null }, T>(
  request: R,
  ask: (request: R) => Promise<T>,
): Promise<T> {
  try {
    return await ask(request);
  } catch (error) {
    const { peer_label: label, ...rest } = request;
    const isRefused = error instanceof InvalidInput && error.trouble.thing === 'peer_label';
    if (!isRefused || label == null || !isPeerLabel(label)) throw error;
    return ask(rest as R);
  }
}

function isTaken(present: readonly Port[], name: string): boolean {
  return present.some((port) => port.name === name);
}

/** `web1.1` → `web1.2` and so on: the first free name. */
function nextName(name: string, taken: (name: string) => boolean): string {
  const [, guest = name, number = '0'] = /^(.*)\.(\d+)$/.exec(name) ?? [];
  for (let next = Number(number) + 1; ; next++) {
    if (!taken(`${guest}.${next}`)) return `${guest}.${next}`;
  }
}

/** Undoes; returns the error to throw: the original one, with those of the undo appended. */
export async function undoneAfter(error: unknown, undo: () => Promise<void>): Promise<unknown> {
  try {
    await undo();
    return error;
  } catch (second) {
    const trouble = {
      thing: 'ports of the switch',
      problem: `${errorText(error)}, and taking back what was added failed too (${errorText(second)})`,
      remedy: "see 'vmlane switch ports'",
    };
    return new Failed(trouble, { cause: new AggregateError([error, second]) });
  }
}

/** The requested listener, under either name of the key. */
function listenerOf({ listener, mode }: PortRequest): Listener {
  const { default: usual, formerly } = PORT_SETTINGS.listener;
  if (listener !== undefined || mode === undefined) return listener ?? usual;
  return mode === formerly.values.switch ? 'switch' : 'qemu';
}

function sameListener(port: Port, request: PortRequest): Port {
  const listener = listenerOf(request);
  if (port.listener === listener) return port;
  throw new Failed({
    thing: request.path,
    problem: `the switch has it as port ${port.name} with listener ${port.listener}, ${listener} is needed`,
    remedy: `change who listens for the guest's interface, or remove the port`,
  });
}

/** Settings of a port that can change while it exists; absent: unchanged. */
export type PortValues = Omit<PortChange, 'name' | 'lcore' | 'queue'>;
type Setting = keyof PortValues;
const SETTINGS = Object.entries(PORT_SETTINGS).flatMap(([key, about]) =>
  'fixed' in about ? [] : [key as Setting],
);

/** A request that resets settings of an earlier one that are absent from this one. */
export function takingBack(request: PortRequest, earlier: PortRequest | undefined): PortRequest {
  const gone = SETTINGS.filter(
    (name) => earlier?.[name] !== undefined && request[name] === undefined,
  );
  return {
    ...request,
    ...Object.fromEntries(gone.map((name) => [name, PORT_SETTINGS[name].default])),
  };
}

/** The switch refuses half of one way to stand in VLANs together with half of another, such as a trunk with a VLAN. */
function withAllOfVlans(request: PortRequest): PortRequest {
  const { vlan, vlan_mode, trunks } = request;
  if ([vlan, vlan_mode, trunks].every((one) => one === undefined)) return request;
  const usual = PORT_SETTINGS;
  return {
    ...{
      vlan: usual.vlan.default,
      vlan_mode: usual.vlan_mode.default,
      trunks: usual.trunks.default,
    },
    ...request,
  };
}

/**
 * An end of a relay keeps its guest to no address: nobody else is on the switch to be taken for, and the device is
 * the guest's alone, as if it were passed through. What else a relay cannot have is refused by the switch.
 */
function inRelay({ mac, other_macs, ...rest }: PortRequest): PortRequest {
  return rest;
}

/** The requested settings that differ from the port's; those that an older switch does not have are its defaults. */
function differing(port: Port, request: PortRequest): Setting[] {
  return SETTINGS.filter(
    (name) =>
      request[name] !== undefined && request[name] !== (port[name] ?? PORT_SETTINGS[name].default),
  );
}

/** Without settings that are the default anyway, and that an older switch would not know. */
function brief(request: PortRequest): PortRequest {
  const usual = SETTINGS.filter((name) => request[name] === PORT_SETTINGS[name].default);
  return Object.fromEntries(
    Object.entries(request).filter(([name]) => !usual.includes(name as Setting)),
  ) as unknown as PortRequest;
}

function picked(of: Port | PortRequest, names: readonly Setting[]): PortValues {
  return Object.fromEntries(names.map((name) => [name, of[name]]));
}

/** The request that would create this port. */
export function settingsOf(port: Port): PortRequest {
  const { name, path, listener } = port;
  return { name, path, listener, ...valuesOf(port) };
}

/** The present values of a port's settings that can change. */
export function valuesOf(port: Port): PortValues {
  return picked(port, SETTINGS);
}
