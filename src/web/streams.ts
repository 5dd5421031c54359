/** Those who are told what happens: text/event-stream, a message a second. */
import type { ServerResponse } from 'node:http';

interface Viewer {
  response: ServerResponse;
  /** It has not read a message to its end in time, and was spared those after it. */
  isBehind: boolean;
}

/**
 * Who reads slowly has one message waiting for it, and no more: it is told all anew when it has read that. Who does
 * not read at all is disconnected by the server's limits.
 */
export class Streams {
  readonly #most: number;
  readonly #viewers = new Set<Viewer>();
  #number = 0;

  constructor(most: number) {
    this.#most = most;
  }

  get size(): number {
    return this.#viewers.size;
  }

  /** Whether there is room for one more. */
  get hasRoom(): boolean {
    return this.#viewers.size < this.#most;
  }

  /** Begins to tell one; `whole`: all that is known. */
  add(response: ServerResponse, whole: () => object): void {
    const viewer = { response, isBehind: false };
    this.#viewers.add(viewer);
    response.on('close', () => this.#viewers.delete(viewer));
    response.writeHead(200, { 'Content-Type': 'text/event-stream; charset=utf-8' });
    // The page dials anew by itself; this is for others who read such streams.
    response.write(`retry: 1000\n\n${this.#event(whole())}`);
  }

  /** Tells all. Both are made once, if somebody needs them. */
  send(news: () => object, whole: () => object): void {
    const text = this.#event(news());
    let all: string | undefined;
    for (const viewer of this.#viewers) {
      const { response, isBehind } = viewer;
      viewer.isBehind = response.writableNeedDrain;
      if (viewer.isBehind) continue;
      if (isBehind) all ??= this.#event(whole());
      response.write(isBehind ? all : text);
    }
  }

  #event(message: object): string {
    this.#number += 1;
    // JSON has no line breaks.
    return `id: ${this.#number}\ndata: ${JSON.stringify(message)}\n\n`;
  }
}
