/** Metrics by HTTP, for a Prometheus that scrapes. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  isAuthorized,
  type Limits,
  type Listening,
  listenAt,
  nameTrouble,
  type Place,
  say,
} from '../serve/index.js';
import { formatFor } from './accept.js';
import { CONTENT_TYPES, type Format } from './text.js';

/** What is served, and how. */
export interface Served {
  text(format: Format): Promise<string>;
  token?: string | undefined;
  /** Told of an error of ours, which the client hears only as 500. */
  onError?: (error: unknown) => void;
  limits?: Partial<Limits>;
}

/** Serves GET /metrics at the place. @throws Failed if nobody can listen there */
export function serve(place: Place, served: Served): Promise<Listening> {
  const { onError, limits } = served;
  return listenAt(place, {
    answer: (request, response) => answer(request, response, served),
    onError,
    limits,
  });
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { text, token }: Served,
): Promise<void> {
  const [path] = (request.url ?? '').split('?');
  const trouble = token === undefined ? nameTrouble(request.headers.host) : undefined;
  if (trouble) return say(response, 403, trouble);
  if (token !== undefined && !isAuthorized(request.headers.authorization, token)) {
    response.setHeader('WWW-Authenticate', 'Bearer');
    return say(response, 401, 'a token is needed');
  }
  if (path !== '/metrics') return say(response, 404, 'there is only /metrics');
  if (request.method !== 'GET') {
    response.setHeader('Allow', 'GET');
    return say(response, 405, 'there is only GET');
  }
  const format = formatFor(request.headers.accept);
  const body = Buffer.from(await text(format));
  response.writeHead(200, {
    'Content-Type': CONTENT_TYPES[format],
    'Content-Length': body.length,
    'Cache-Control': 'no-store',
    Vary: 'Accept',
  });
  response.end(body);
}
