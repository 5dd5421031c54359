/** The page of a switch, and what it is told, by HTTP. Nothing can be changed here. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Limits, type Listening, listenAt, type Place, say } from '../serve/index.js';
import { InvalidInput, VmlaneError } from '../values/errors.js';
import { Addresses } from './addresses.js';
import { type Asset, readAssets } from './assets.js';
import { Board } from './board.js';
import { portAnswer } from './facts.js';
import { HEADERS, refusal } from './guard.js';
import { Look } from './look.js';
import { Streams } from './streams.js';
import { Host, type KnownHost } from './surroundings.js';

/** Browsers take up to six connections each. */
const CONNECTIONS = 96;

/** Those who may look at once. */
const VIEWERS = 32;

/** What is served, and how. */
export interface WebOptions {
  /** The switch's control socket. */
  socket: string;
  /** libvirt's URI; absent: as virsh's. */
  uri?: string | undefined;
  env: NodeJS.ProcessEnv;
  token?: string | undefined;
  deadlineMs?: number | undefined;
  /** Told when the switch stops answering, and why, and when it answers again. */
  onChange?: ((trouble: VmlaneError | undefined) => void) | undefined;
  /** Told of an error of ours, which the client hears only as 500. */
  onError: (error: unknown) => void;
  limits?: (Partial<Limits> & { viewers?: number; everyMs?: number }) | undefined;
  /** What tests know of the host and of guests. */
  host?: KnownHost | undefined;
}

/** Serves the page at the place until it is closed. @throws Failed if nobody can listen there, or it was not built */
export async function serveWeb(place: Place, options: WebOptions): Promise<Listening> {
  const { socket, uri, env, token, deadlineMs, onChange, onError, limits = {} } = options;
  const assets = await readAssets();
  const streams = new Streams(limits.viewers ?? VIEWERS);
  const host = options.host ?? new Host(socket, uri, env, onError);
  const look = new Look(socket, {
    ...{ deadlineMs, onChange, onError, everyMs: limits.everyMs },
    isWatched: () => streams.size > 0,
    looked: () => {
      askHost();
      tell();
    },
  });
  const board = new Board(look, host);
  const tell = () => {
    if (streams.size === 0) return board.forget();
    streams.send(
      () => board.news(),
      () => board.whole(),
    );
  };
  const askHost = () => {
    if (!look.seen) return;
    const { ports, stats, info } = look.seen;
    host.look({ ports, info, stats: stats.ports }, performance.now());
  };
  const site = new Site(assets, look, board, streams);
  const server = await listenAt(place, {
    onError,
    limits: { connections: CONNECTIONS, ...limits },
    answer: async (request, response, endless) => {
      for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
      const { method, headers, url = '' } = request;
      const [path = '', query = ''] = url.split('?', 2);
      const refused = refusal({ method, path, headers }, token);
      if (!refused)
        return site.answer(path, new URLSearchParams(query), request, response, endless);
      for (const [name, value] of Object.entries(refused.headers ?? {}))
        response.setHeader(name, value);
      say(response, refused.status, refused.why);
    },
  });
  look.start();
  const close = async () => {
    look.close();
    await server.close();
    await host.close();
  };
  return { at: server.at, close };
}

/** What there is. */
class Site {
  readonly #assets: ReadonlyMap<string, Asset>;
  readonly #look: Look;
  readonly #board: Board;
  readonly #streams: Streams;
  readonly #addresses = new Addresses();

  constructor(assets: ReadonlyMap<string, Asset>, look: Look, board: Board, streams: Streams) {
    this.#assets = assets;
    this.#look = look;
    this.#board = board;
    this.#streams = streams;
  }

  async answer(
    path: string,
    query: URLSearchParams,
    request: IncomingMessage,
    response: ServerResponse,
    endless: () => void,
  ): Promise<void> {
    const asset = this.#assets.get(path);
    if (asset) return give(response, asset.type, asset.body);
    try {
      if (path === '/api/events') return await this.#events(request, response, endless);
      const found = await this.#data(path, query);
      if (found === undefined) return say(response, 404, 'there is no such thing');
      give(response, 'application/json', Buffer.from(JSON.stringify(found)));
    } catch (error) {
      if (!(error instanceof VmlaneError)) throw error;
      say(response, error instanceof InvalidInput ? 400 : 503, error.message);
    }
  }

  /** Undefined: there is no such thing. @throws VmlaneError if the switch does not answer */
  async #data(path: string, query: URLSearchParams): Promise<object | undefined> {
    switch (path) {
      case '/api/state':
        await this.#look.see();
        return this.#board.whole();
      case '/api/history':
        return this.#look.history.of(query.get('port') ?? undefined);
      case '/api/port':
        return this.#port(query.get('name') ?? '');
      case '/api/addresses': {
        await this.#look.see();
        const { client, trouble } = this.#look;
        if (!client) throw trouble ?? new Error('the switch was not asked yet');
        return this.#addresses.search(client, query.get('search') ?? '');
      }
      default:
        return undefined;
    }
  }

  async #port(name: string): Promise<object | undefined> {
    await this.#look.see();
    const { seen, trouble } = this.#look;
    if (!seen) throw trouble ?? new Error('the switch was not asked yet');
    const port = seen.ports.find((one) => one.name === name);
    const stats = seen.stats.ports.find((one) => one.name === name);
    return port && portAnswer(port, stats, seen.rates);
  }

  async #events(request: IncomingMessage, response: ServerResponse, endless: () => void) {
    if (request.method === 'HEAD') return give(response, 'text/event-stream', Buffer.alloc(0));
    if (!this.#streams.hasRoom) return say(response, 503, 'as many as may look are looking');
    await this.#look.see();
    // Others may have come meanwhile, and this one may be gone.
    if (!this.#streams.hasRoom) return say(response, 503, 'as many as may look are looking');
    if (response.destroyed) return;
    endless();
    this.#streams.add(response, () => this.#board.whole());
  }
}

function give(response: ServerResponse, type: string, body: Buffer): void {
  response.writeHead(200, { 'Content-Type': type, 'Content-Length': body.length });
  response.end(body);
}
