/** Clients of the page's server. */
import { request } from 'node:http';
import type { Message } from '../../src/web/wire.js';

/** How something is asked. */
export interface Ask {
  method?: string;
  headers?: Record<string, string>;
  /** Of a Unix socket, in place of the URL's host and port. */
  socketPath?: string;
}

/** What was said. */
export interface Said {
  status: number | undefined;
  headers: Record<string, unknown>;
  body: string;
}

/** The path as it is: fetch would tidy it. */
export function ask(url: string, path: string, { socketPath, ...how }: Ask = {}): Promise<Said> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const to = socketPath === undefined ? { hostname, port } : { socketPath };
    const sent = request({ ...to, ...how, path, agent: false }, async (response) => {
      let body = '';
      for await (const part of response) body += part;
      resolve({ status: response.statusCode, headers: response.headers, body });
    });
    sent.on('error', reject);
    sent.end();
  });
}

/** JSON of the server. */
export async function json<T>(url: string, path: string, how: Ask = {}): Promise<T> {
  const { status, body } = await ask(url, path, how);
  if (status !== 200) throw new Error(`${path}: ${status} ${body}`);
  return JSON.parse(body) as T;
}

/** What a viewer is told. */
export class Viewer {
  readonly messages: Message[] = [];
  readonly #end = new AbortController();
  ended = false;

  /** Begins to listen; resolves when there is the first message. */
  static async at(url: string, headers: Record<string, string> = {}): Promise<Viewer> {
    const viewer = new Viewer();
    const { signal } = viewer.#end;
    const response = await fetch(new URL('api/events', url), { signal, headers });
    if (!response.ok || !response.body) throw new Error(`${response.status}`);
    await new Promise<void>((resolve) => {
      void viewer.#take(response.body as ReadableStream<Uint8Array>, resolve);
    });
    return viewer;
  }

  /** The latest of a part of what was told. */
  latest<K extends keyof Message>(key: K): Message[K] | undefined {
    return this.messages.findLast((message) => message[key] !== undefined)?.[key];
  }

  /** All that has happened. */
  get happened(): string[] {
    const all = this.messages.flatMap(({ happened = [] }) => happened);
    return all.map(({ event, port }) => `${event} ${port}`.trim());
  }

  close(): void {
    this.#end.abort();
  }

  async #take(body: ReadableStream<Uint8Array>, first: () => void): Promise<void> {
    const decoder = new TextDecoder();
    let text = '';
    try {
      for await (const part of body) {
        text += decoder.decode(part, { stream: true });
        const events = text.split('\n\n');
        text = events.pop() ?? '';
        for (const event of events) {
          const data = /^data: (.*)$/m.exec(event)?.[1];
          if (data === undefined) continue;
          this.messages.push(JSON.parse(data) as Message);
          first();
        }
      }
    } catch {
      // It was closed, by either side.
    }
    this.ended = true;
  }
}
