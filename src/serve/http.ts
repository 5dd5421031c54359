/** A server for few clients, none of whom can keep the others from it. */
import { once } from 'node:events';
import { lstat, unlink } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, createConnection, type Socket } from 'node:net';
import { Failed } from '../values/errors.js';
import type { Place } from './place.js';

/** What clients may take: nobody who looks needs more. */
export const LIMITS = {
  connections: 16,
  /** Of a request's line and header. */
  headerBytes: 8192,
  headers: 64,
  /** Until a request is here in full, and until a connection that says nothing is closed. */
  requestMs: 5000,
  /** Until an answer is read in full, and until a connection on which nothing moves is closed. */
  answerMs: 30_000,
  /** Where the limits are looked at. */
  checkMs: 1000,
} as const;

/** The same, as tests and others may have them. */
export type Limits = Record<keyof typeof LIMITS, number>;

/** A server that listens. */
export interface Listening {
  /** Where, as `127.0.0.1:19797` or `unix:/run/x.sock`. */
  at: string;
  /** Ends it and all its connections. */
  close(): Promise<void>;
}

/** What answers requests. One that has a body is refused before: it would have to be read first. */
export interface Handler {
  /** `endless()`: this answer has no end, so it need not be read to that in time. */
  answer(request: IncomingMessage, response: ServerResponse, endless: () => void): Promise<void>;
  /** Told of an error of ours, which the client hears only as 500. */
  onError?: ((error: unknown) => void) | undefined;
  limits?: Partial<Limits> | undefined;
}

/** Serves at the place. @throws Failed if nobody can listen there */
export async function listenAt(place: Place, handler: Handler): Promise<Listening> {
  const limits = { ...LIMITS, ...handler.limits };
  /** Connections whose answer is under way. */
  const answered = new WeakSet<Socket>();
  const server = createServer(
    {
      maxHeaderSize: limits.headerBytes,
      headersTimeout: limits.requestMs,
      requestTimeout: limits.requestMs,
      keepAliveTimeout: limits.requestMs,
      connectionsCheckingInterval: limits.checkMs,
    },
    (request, response) => {
      const { socket } = request;
      // Whoever asks on before the answer is here would have many of them made and kept.
      if (answered.has(socket)) return void socket.destroy();
      answered.add(socket);
      const late = setTimeout(() => socket.destroy(), limits.answerMs);
      const endless = () => clearTimeout(late);
      response.on('close', () => {
        endless();
        answered.delete(socket);
      });
      if (hasBody(request)) {
        response.setHeader('Connection', 'close');
        return say(response, 413, 'a request has no body here');
      }
      handler.answer(request, response, endless).catch((error: unknown) => {
        handler.onError?.(error);
        if (response.headersSent) response.destroy();
        else say(response, 500, 'the answer could not be made');
      });
    },
  );
  server.maxConnections = limits.connections;
  server.maxHeadersCount = limits.headers;
  // Nobody keeps a place by saying nothing, or by not reading.
  server.setTimeout(limits.answerMs, (socket) => socket.destroy());
  await listen(server, place);
  const close = async () => {
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  };
  return { at: nameOf(server, place), close };
}

function hasBody({ headers }: IncomingMessage): boolean {
  const { 'content-length': length = '0', 'transfer-encoding': coding } = headers;
  return coding !== undefined || length !== '0';
}

/** Answers with a line of text. */
export function say(response: ServerResponse, status: number, why: string): void {
  const body = `${why}\n`;
  response.writeHead(status, {
    'Content-Type': 'text/plain; charset=utf-8',
    'Content-Length': Buffer.byteLength(body),
  });
  response.end(body);
}

async function listen(server: Server, place: Place): Promise<void> {
  if (place.kind === 'unix') await removeStale(place.path);
  // Who may read a socket of ours: this user and its group. It is bound at once.
  const umask = process.umask(0o117);
  if (place.kind === 'unix') server.listen(place.path);
  else server.listen(place.port, place.address);
  process.umask(umask);
  try {
    await once(server, 'listening');
  } catch (error) {
    throw listenError(place, error as NodeJS.ErrnoException);
  }
}

/** A socket that nobody listens on is what a killed process left, and goes if it was ours. */
export async function removeStale(path: string): Promise<void> {
  const found = await lstat(path).catch(() => undefined);
  if (!found?.isSocket() || found.uid !== process.geteuid?.()) return;
  const socket = createConnection(path);
  const isStale = await new Promise<boolean>((resolve) => {
    socket.once('connect', () => resolve(false));
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'ECONNREFUSED'));
  });
  socket.destroy();
  if (isStale) await unlink(path);
}

function listenError(place: Place, error: NodeJS.ErrnoException): Failed {
  const thing = place.kind === 'unix' ? `unix:${place.path}` : `${place.address}:${place.port}`;
  const described: Record<string, [string, string]> = {
    EADDRINUSE: ['somebody else listens there', 'end that, or give another --listen'],
    EADDRNOTAVAIL: ['this host does not have the address', 'give one that it has with --listen'],
    EACCES: ['this user may not listen there', 'give a port from 1024 on, or a folder of yours'],
    ENOENT: ['its folder does not exist', 'make it, or give another --listen'],
  };
  const [problem, remedy] = described[error.code ?? ''] ?? [
    `cannot listen (${error.code ?? error.message})`,
    'give another --listen',
  ];
  return new Failed({ thing, problem, remedy }, { cause: error });
}

function nameOf(server: Server, place: Place): string {
  if (place.kind === 'unix') return `unix:${place.path}`;
  const { address, port, family } = server.address() as AddressInfo;
  return family === 'IPv6' ? `[${address}]:${port}` : `${address}:${port}`;
}
