/** What happens in a switch, as it happens, over its restarts. */
import { setTimeout as sleep } from 'node:timers/promises';
import { EVENTS } from '../contract/bounds.js';
import type { Notification } from '../contract/envelope.js';
import type { SwitchEvent } from '../contract/types.js';
import { WrongShape } from '../contract/wrong-shape.js';
import type { VmlaneError } from '../values/errors.js';
import type { Connection } from './connection.js';
import { garbled, isNotRunning, SwitchError } from './errors.js';
import { type ClientOptions, Session } from './session.js';

/** An event of the switch's, or what is noticed of the switch itself: it went away, it is back. */
export type WatchedEvent = SwitchEvent | { time: string; event: 'switch-down' | 'switch-up' };

/** How a switch is watched. */
export interface WatchOptions extends ClientOptions {
  /** Ends it, without an error. */
  signal?: AbortSignal | undefined;
  /** Called when the first connection is told what happens. */
  watching?: (() => void) | undefined;
}

const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 1000;
/** Events that wait here for who iterates; beyond that they wait at the switch, which counts what it must leave out. */
const ROOM = 4096;

/**
 * Yields what happens from now on. When the switch goes away it yields `switch-down`, dials until it is back and
 * yields `switch-up`: what happened meanwhile, and which ports there are, is to be asked.
 *
 * Rejects as SwitchClient does: at once, when no switch runs there; later, when what comes back is none, or does not
 * let us.
 */
export async function* watchSwitch(
  socketPath: string,
  { signal, watching, ...client }: WatchOptions = {},
): AsyncGenerator<WatchedEvent, void> {
  const session = new Session(socketPath, client);
  const stop = () => session.close();
  signal?.addEventListener('abort', stop, { once: true });
  try {
    signal?.throwIfAborted();
    let feed = await watched(session, socketPath);
    watching?.();
    for (;;) {
      yield* feed.events();
      yield noticed('switch-down');
      feed = await watchedAgain(session, socketPath, signal);
      yield noticed('switch-up');
    }
  } catch (error) {
    if (!signal?.aborted) throw error;
  } finally {
    signal?.removeEventListener('abort', stop);
    session.close();
  }
}

/** Dials until the switch is back. */
async function watchedAgain(
  session: Session,
  path: string,
  signal: AbortSignal | undefined,
): Promise<Feed> {
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
    await sleep(pause, undefined, signal && { signal });
    try {
      return await watched(session, path);
    } catch (error) {
      if (!isPassing(error)) throw error;
    }
  }
}

function noticed(event: 'switch-down' | 'switch-up'): WatchedEvent {
  return { time: new Date().toISOString(), event };
}

function isPassing(error: unknown): boolean {
  const kinds = ['lost', 'late'];
  return isNotRunning(error) || (error instanceof SwitchError && kinds.includes(error.kind));
}

/** A new connection that is told what happens. */
async function watched(session: Session, path: string): Promise<Feed> {
  const { checkedEvent } = await import('../contract/results.js');
  const connection = await session.dial();
  const feed = new Feed(connection, path, checkedEvent);
  await session.request('events.watch', {});
  return feed;
}

/** What one connection brings, in order. */
class Feed {
  readonly #connection: Connection;
  readonly #path: string;
  readonly #check: (value: unknown) => SwitchEvent;
  #waiting: WatchedEvent[] = [];
  #end: VmlaneError | undefined;
  #wake: () => void = () => undefined;

  constructor(connection: Connection, path: string, check: (value: unknown) => SwitchEvent) {
    this.#connection = connection;
    this.#path = path;
    this.#check = check;
    connection.listen({
      heard: (notification) => this.#hear(notification),
      ended: (reason) => {
        this.#end = reason;
        this.#wake();
      },
    });
  }

  /** Until the connection is lost; rejects if it ends otherwise. */
  async *events(): AsyncGenerator<WatchedEvent, void> {
    for (;;) {
      const some = this.#waiting;
      this.#waiting = [];
      yield* some;
      if (this.#waiting.length > 0) continue;
      if (this.#end) {
        if (isPassing(this.#end)) return;
        throw this.#end;
      }
      this.#connection.resume();
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  #hear({ method, params }: Notification): void {
    // A later switch may tell more.
    if (method !== 'event' || !Object.hasOwn(EVENTS, String(params.event))) return;
    try {
      this.#waiting.push(this.#check(params));
    } catch (error) {
      if (!(error instanceof WrongShape)) throw error;
      this.#connection.destroy(garbled(this.#path, error.message));
    }
    if (this.#waiting.length === ROOM) this.#connection.pause();
    this.#wake();
  }
}
