/** The libvirt that runs guests, and the switch that they are on. */
import { DEFAULT_CONTROL_SOCKET } from '../contract/bounds.js';
import type { AttachedNetwork } from '../domain/index.js';
import { connect, type Libvirt } from '../libvirt/index.js';
import { isRemote, libvirtUri } from '../libvirt/uri.js';
import type { NetworkView } from '../networks/network-view.js';
import { SwitchClient } from '../switch/client.js';
import { SwitchError } from '../switch/errors.js';
import { controlSocketPath } from '../switch/paths.js';
import { Failed, VmlaneError } from '../values/errors.js';
import { type SshHost, sshHostOf } from '../values/ssh-host.js';

/** The calls of the switch that guests need. */
export type PortsClient = Pick<
  SwitchClient,
  'info' | 'ports' | 'addPort' | 'removePort' | 'setPort' | 'stats'
>;

/** The guests' switch, or why it cannot be asked; without `error` nobody tried. */
export type Reached<C = PortsClient> =
  | { client: C }
  | { client?: undefined; why: string; error?: VmlaneError };

/**
 * A host with guests, which every function of this library takes. `K`: the calls of libvirt that a
 * function makes, so that a test's host needs only these.
 */
export interface GuestHost<K extends keyof Libvirt = keyof Libvirt> {
  libvirt: Pick<Libvirt, K>;
  /** The switch, dialled at the first call. Rejects with InvalidInput for a path that cannot be a socket's. */
  reach(): Promise<Reached>;
  /** The networks of the guests' switch; absent if they run on a host that cannot be asked. Rejects as askMigrationFacts. */
  networks?: () => readonly AttachedNetwork[] | Promise<readonly AttachedNetwork[]>;
  /** Folder that stands for QEMU's `/`; absent if guests run on another host. */
  root?: string;
  /** Name of the other host that guests run on, where ssh reaches it. */
  there?: string;
}

/** A host to close after use. */
export interface ConnectedHost extends GuestHost {
  /** libvirt's URI. */
  uri: string;
  reach(): Promise<Reached<SwitchClient>>;
  /** How the switch's networks are, none if it cannot be asked; absent if guests run on another host. Rejects as viewNetworks. */
  networkViews?: () => Promise<readonly NetworkView[]>;
  /** Ends both connections. */
  close(): Promise<void>;
}

/** Selects libvirt and switch. */
export interface HostOptions {
  /** libvirt's URI; absent: `LIBVIRT_DEFAULT_URI`, else `qemu:///system`. */
  uri?: string | undefined;
  /** Path of the switch's control socket; absent: `VMLANE_SWITCH`, else `/run/vmlane/switch.sock`. */
  controlSocket?: string | undefined;
  /** How ssh reaches a remote libvirt's host; absent: as in the URI. */
  ssh?: SshHost | undefined;
  /** Absent: process.env. */
  env?: NodeJS.ProcessEnv;
}

/**
 * Connects to libvirt; the switch is dialled when a call needs it. That of another host is reached by ssh where libvirt
 * is (qemu+ssh://…); otherwise it is asked only if its (forwarded) socket is named here. @throws Failed, InvalidInput as connect
 */
export async function connectHost(options: HostOptions = {}): Promise<ConnectedHost> {
  const { env = process.env, controlSocket } = options;
  const uri = libvirtUri(options.uri, env);
  const socket = switchOf(uri, controlSocket, env);
  const ssh = isRemote(uri) ? (options.ssh ?? sshHostOf(uri)) : undefined;
  const closing: (() => Promise<void>)[] = [];
  const libvirt = await connect(uri);
  let reached: Promise<Reached<SwitchClient>> | undefined;
  const host: ConnectedHost = {
    uri,
    libvirt,
    reach: () => {
      reached ??= socket === undefined && ssh ? reachThere(ssh, closing) : reachSwitch(socket);
      return reached;
    },
    ...(!isRemote(uri) &&
      socket !== undefined && {
        networks: () => networksAt(socket),
        networkViews: () => networkViewsAt(host.reach, socket),
      }),
    ...(ssh !== undefined && { networks: () => networksThere(ssh), there: ssh.host }),
    ...(!isRemote(uri) && { root: '/' }),
    close: async () => {
      (await reached?.catch(() => undefined))?.client?.close();
      for (const close of closing) await close();
      await libvirt.close();
    },
  };
  return host;
}

/** Loaded only for those who ask: the records' schema takes longer than a list of guests. */
async function networksAt(socket: string): Promise<readonly AttachedNetwork[]> {
  const { networksWithMtu } = await import('../networks/network-view.js');
  return networksWithMtu(socket);
}

/** Those of a host that libvirt reaches by ssh, by its vmlane. */
async function networksThere(ssh: SshHost): Promise<readonly AttachedNetwork[]> {
  const { askMigrationFacts } = await import('../host/migration/ask.js');
  return (await askMigrationFacts(ssh)).networks;
}

async function networkViewsAt(
  reach: ConnectedHost['reach'],
  socket: string,
): Promise<readonly NetworkView[]> {
  const { client } = await reach();
  if (!client) return [];
  const { viewNetworks } = await import('../networks/network-view.js');
  return viewNetworks(client, socket);
}

/** Path of the switch's socket; undefined if the guests are on another host and no switch of theirs is named. */
export function switchOf(
  uri: string,
  given: string | undefined,
  env: NodeJS.ProcessEnv,
): string | undefined {
  return isRemote(uri) && given === undefined ? undefined : controlSocketPath(given, env);
}

/** Dials the switch. A switch that does not run is a result, not an error. */
export async function reachSwitch(socket: string | undefined): Promise<Reached<SwitchClient>> {
  if (socket === undefined) return { why: `${ELSEWHERE.problem}; ${ELSEWHERE.remedy}` };
  try {
    return { client: await SwitchClient.connect(socket) };
  } catch (error) {
    if (!(error instanceof VmlaneError)) throw error;
    return { why: error.message, error };
  }
}

/** The same with the switch of a host that libvirt reaches by ssh, by ssh, too. */
async function reachThere(
  ssh: SshHost,
  closing: (() => Promise<void>)[],
): Promise<Reached<SwitchClient>> {
  const { forwardSocket } = await import('../system/ssh/forward.js');
  try {
    const forwarded = await forwardSocket(ssh, DEFAULT_CONTROL_SOCKET);
    closing.push(forwarded.close);
    return { client: await SwitchClient.connect(forwarded.path) };
  } catch (error) {
    if (!(error instanceof VmlaneError)) throw error;
    const { problem } = error.trouble;
    if (!(error instanceof SwitchError)) return { why: error.message, error };
    const thing = `${ssh.host}: ${DEFAULT_CONTROL_SOCKET}`;
    const remedy = `start the switch there, and let ${ssh.user ?? 'this user'} use its control socket`;
    const better = new Failed({ thing, problem, remedy }, { cause: error });
    return { why: better.message, error: better };
  }
}

const ELSEWHERE = {
  problem: 'its sockets are on another host, out of reach of the switch here',
  remedy: "work there, or name that switch's forwarded control socket",
};

/** The error of a call that needs the switch. */
export function unreached(guest: string, { error }: { error?: VmlaneError }): VmlaneError {
  return error ?? new Failed({ thing: `domain ${guest}`, ...ELSEWHERE });
}

/** The switch, for a call that needs it. @throws Failed, InvalidInput why it cannot be asked */
export async function mustReach(
  host: Pick<GuestHost, 'reach'>,
  guest: string,
): Promise<PortsClient> {
  const reached = await host.reach();
  if (reached.client) return reached.client;
  throw unreached(guest, reached);
}
