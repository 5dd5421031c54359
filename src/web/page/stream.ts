/** What the server tells, as long as the page is seen. */
import { EventSourceParserStream } from 'eventsource-parser/stream';
import type { Message } from '../wire.js';
import { ask, Refused } from './ask.js';

const PAUSE_MS = 1000;
/** The server says something every second. */
const SILENCE_MS = 6000;

/** What comes of it. */
export interface Listener {
  told(message: Message): void;
  /** There is no connection: why. */
  lost(why: string): void;
  /** A token is needed; goes on when there is one. */
  locked(): Promise<void>;
}

/** Listens for ever, over whatever happens to the connection. */
export async function listen(listener: Listener): Promise<never> {
  for (;;) {
    await seen();
    try {
      await once(listener);
      listener.lost('the connection ended');
    } catch (error) {
      if (error instanceof Refused && error.status === 401) {
        await listener.locked();
        continue;
      }
      // Because nobody looks.
      if (document.hidden) continue;
      listener.lost(error instanceof Refused ? error.message : 'the server does not answer');
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}

async function once({ told }: Listener): Promise<void> {
  const end = new AbortController();
  const silent = () => end.abort();
  let timer = setTimeout(silent, SILENCE_MS);
  const hidden = () => document.hidden && end.abort();
  document.addEventListener('visibilitychange', hidden);
  try {
    const { body } = await ask('events', end.signal);
    if (!body) return;
    const text = body.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, never>);
    const reader = text.pipeThrough(new EventSourceParserStream()).getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      clearTimeout(timer);
      timer = setTimeout(silent, SILENCE_MS);
      told(JSON.parse(value.data) as Message);
    }
  } finally {
    // However it ends, the place is another's.
    end.abort();
    clearTimeout(timer);
    document.removeEventListener('visibilitychange', hidden);
  }
}

/** At once, if the page is seen already. */
function seen(): Promise<void> {
  if (!document.hidden) return Promise.resolve();
  return new Promise((resolve) => {
    const changed = () => {
      if (document.hidden) return;
      document.removeEventListener('visibilitychange', changed);
      resolve();
    };
    document.addEventListener('visibilitychange', changed);
  });
}
