import type { Socket } from 'node:net';
import { PARAMETERS, PORT_SETTINGS } from '../contract/bounds.js';
import type {
  CaptureRequest,
  FdbEntry,
  FdbFilter,
  Hello,
  MethodInfo,
  PairStats,
  Port,
  PortChange,
  PortRequest,
  Results,
  Settings,
  SettingsChange,
  Stats,
  SwitchInfo,
} from '../contract/types.js';
import { type ClientOptions, Session } from './session.js';

const PAGE = PARAMETERS['fdb.list'].limit;

/**
 * Asks a running switch over its control socket.
 *
 * Every method of the protocol is idempotent, so a request is sent once more on a new connection
 * if its connection died before the answer. A switch that went away between requests is redialled
 * until the request's deadline.
 *
 * Methods reject with SwitchError (not reachable, late, not a switch), InvalidInput (the switch
 * refuses a parameter) or Failed (it refuses the change). All name the socket or the parameter.
 */
export class SwitchClient {
  readonly #session: Session;

  private constructor(session: Session) {
    this.#session = session;
  }

  /**
   * Dials, says hello and checks the version. A switch that is not running is refused at once,
   * without waiting for the deadline.
   */
  static async connect(socketPath: string, options: ClientOptions = {}): Promise<SwitchClient> {
    const session = new Session(socketPath, options);
    await session.dial();
    return new SwitchClient(session);
  }

  /** The switch's hello at the last dial. */
  get hello(): Hello {
    return this.#session.hello;
  }

  async methods(): Promise<MethodInfo[]> {
    return (await this.#session.request('method.list', {})).methods;
  }

  /** Requests a port; `changed` is false if the switch had exactly this one. */
  addPort(request: PortRequest): Promise<{ changed: boolean; port: Port }> {
    const { listener, ...rest } = request;
    // Left out, the default is the same, and a switch that knows only the key's former name accepts it.
    const said = listener === PORT_SETTINGS.listener.default ? rest : request;
    return this.#session.request('port.add', { ...said });
  }

  /** `changed` is false if there was no such port. */
  removePort(name: string): Promise<{ changed: boolean }> {
    return this.#session.request('port.remove', { name });
  }

  /** All ports, by id. */
  async ports(): Promise<Port[]> {
    return (await this.#session.request('port.list', {})).ports;
  }

  /**
   * Learned addresses; `total` is how many matched before `limit`, which may be any: the switch is asked
   * as often as that takes. An address that moves meanwhile is listed once, or not at all.
   */
  async fdb(
    filter: Omit<FdbFilter, 'after'> = {},
  ): Promise<{ entries: FdbEntry[]; total: number }> {
    const { limit, ...rest } = filter;
    const most = limit ?? PAGE.default;
    const found = new Map<string, FdbEntry>();
    const ask = (more: FdbFilter) => this.#session.request('fdb.list', { ...rest, ...more });
    const size = () => ({ limit: Math.min(most - found.size, PAGE.max) });
    const first = await ask(limit === undefined ? {} : size());
    for (let page = first; ; page = await ask({ ...size(), after: page.next })) {
      for (const entry of page.entries)
        found.set(`${entry.vlan} ${entry.own_tag ?? false} ${entry.mac}`, entry);
      // A switch of an earlier version knows no pages.
      if (page.next === undefined || found.size >= most) break;
    }
    return { entries: [...found.values()], total: first.total };
  }

  /** Changes the given settings of a port; the guest notices nothing. */
  setPort(change: PortChange): Promise<{ changed: boolean; port: Port }> {
    return this.#session.request('port.set', { ...change });
  }

  /**
   * Begins a capture, over a connection of its own: `socket` gives a pcapng file until it ends. Half-closed, it gives
   * what is left, and statistics.
   */
  async capture(request: CaptureRequest = {}): Promise<{ ports: number; socket: Socket }> {
    const { result, socket } = await this.#session.another().requestBytes('capture.start', request);
    return { ...result, socket };
  }

  /** Lcores, uplink and settings. */
  info(): Promise<SwitchInfo> {
    return this.#session.request('switch.info', {});
  }

  /** Changes settings until the switch restarts. */
  set(settings: SettingsChange): Promise<{ changed: boolean; settings: Settings }> {
    return this.#session.request('switch.set', { ...settings });
  }

  /** Counters of all ports, or of the one with this name, and of table, lcores and uplink. */
  stats(port?: string): Promise<Stats> {
    const params = port === undefined ? {} : { port };
    return this.#session.request('stats.get', params);
  }

  /** What would become of a frame from a port; hex: its bytes without FCS. Nothing changes. */
  trace(port: string, hex: string): Promise<Results['trace.frame']> {
    return this.#session.request('trace.frame', { name: port, frame: hex });
  }

  /** The busiest pairs of ports, most first; counted for five seconds after each call, so the first has none. */
  async pairs(limit?: number): Promise<PairStats[]> {
    const params = limit === undefined ? {} : { limit };
    return (await this.#session.request('pairs.get', params)).pairs;
  }

  /** Ends the connection. Waiting and later requests are rejected. */
  close(): void {
    this.#session.close();
  }
}
