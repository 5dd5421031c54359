/** What the host and libvirt know: which networks there are, and whose a port is. */
import type { Port, PortStats, SwitchInfo } from '../contract/types.js';
import { viewGuestsWith } from '../guests/view.js';
import { connect, type Libvirt } from '../libvirt/index.js';
import { libvirtUri } from '../libvirt/uri.js';
import { type NetworkView, viewNetworks } from '../networks/network-view.js';
import { errorText, VmlaneError } from '../values/errors.js';

/** How long an answer is good for. */
const FRESH_MS = 5000;

/** What the switch has just said, for those who would ask it again. */
export interface Said {
  ports: Port[];
  stats: PortStats[];
  info: SwitchInfo;
}

/** What is known of the host, and how more is asked. */
export type KnownHost = Pick<
  Host,
  'networks' | 'guests' | 'states' | 'noLibvirt' | 'look' | 'close'
>;

/** Asked at most every few seconds, and never waited for: what hangs here leaves the page without names only. */
export class Host {
  networks: readonly NetworkView[] = [];
  /** Guests by their ports' names. */
  guests: ReadonlyMap<string, string> = new Map();
  /** What each does. */
  states: ReadonlyMap<string, string> = new Map();
  /** Why libvirt does not say; undefined: it does, or was not asked yet. */
  noLibvirt: string | undefined;
  readonly #socket: string;
  readonly #uri: string;
  readonly #onError: (error: unknown) => void;
  /** Whoever has not answered yet. */
  readonly #asking = new Set<'host' | 'libvirt'>();
  #askedAt = Number.NEGATIVE_INFINITY;
  #libvirt: Libvirt | undefined;

  /** `uri`: libvirt's; absent: as virsh's. */
  constructor(
    socket: string,
    uri: string | undefined,
    env: NodeJS.ProcessEnv,
    onError: (error: unknown) => void,
  ) {
    this.#socket = socket;
    this.#uri = libvirtUri(uri, env);
    this.#onError = onError;
  }

  /** Asks, unless that was a moment ago or still goes on; `at`: now, in milliseconds. */
  look(said: Said, at: number): void {
    if (at - this.#askedAt < FRESH_MS) return;
    this.#askedAt = at;
    this.#ask('host', () => this.#askHost(said));
    this.#ask('libvirt', () => this.#askLibvirt(said));
  }

  async close(): Promise<void> {
    // Who waits for a libvirt that hangs would not end.
    if (!this.#asking.has('libvirt')) await this.#libvirt?.close();
  }

  /** One that hangs keeps the other from nothing. */
  #ask(whom: 'host' | 'libvirt', ask: () => Promise<void>): void {
    if (this.#asking.has(whom)) return;
    this.#asking.add(whom);
    void ask()
      .catch(this.#onError)
      .finally(() => this.#asking.delete(whom));
  }

  async #askHost({ ports, info }: Said): Promise<void> {
    const client = { ports: async () => ports, info: async () => info };
    try {
      this.networks = await viewNetworks(client, this.#socket);
    } catch (error) {
      if (!(error instanceof VmlaneError)) throw error;
      // Without rights or `ip` there are VLANs, and no networks.
      this.networks = [];
    }
  }

  async #askLibvirt(said: Said): Promise<void> {
    try {
      this.#libvirt ??= await connect(this.#uri);
      const views = await viewGuestsWith(this.#libvirt, said);
      const named = views.flatMap(({ name, nics }) =>
        nics.map(({ port }) => [port, name] as const),
      );
      this.guests = new Map(named.flatMap(([port, name]) => (port === null ? [] : [[port, name]])));
      this.states = new Map(views.map(({ name, state }) => [name, state]));
      this.noLibvirt = undefined;
    } catch (error) {
      if (!(error instanceof VmlaneError)) throw error;
      this.noLibvirt = errorText(error);
      this.guests = new Map();
      this.states = new Map();
      const lost = this.#libvirt;
      this.#libvirt = undefined;
      await lost?.close();
    }
  }
}
