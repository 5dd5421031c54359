/** A watched switch that says what ours does not, and one that cannot be watched. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { SwitchError, type WatchedEvent, watchSwitch } from '../../src/switch/index.js';
import { type Answerer, withFake } from './fake-switch.js';

const watches: Answerer = ({ method }) =>
  method === 'events.watch' ? { result: { changed: true } } : undefined;

const told = (params: object, method = 'event') =>
  Buffer.from(`${JSON.stringify({ jsonrpc: '2.0', method, params })}\n`);

const event = (name: string) => ({ time: '2026-11-29T20:35:10.123Z', event: name, port: 'a' });

/** All events until the first that is `last`, or the error. */
async function eventsUntil(path: string, last: string, begin: () => void) {
  const events: WatchedEvent[] = [];
  for await (const one of watchSwitch(path, { watching: begin })) {
    events.push(one);
    if (one.event === last) return events;
  }
  throw new Error('it ended');
}

it('skips events and notifications that it does not know, and keys', () =>
  withFake(watches, async (path, fake) => {
    const all = await eventsUntil(path, 'port-down', () => {
      fake.send(told({ ...event('port-danced'), step: 1 }));
      fake.send(told({ anything: 1 }, 'weather'));
      fake.send(told({ ...event('port-up'), colour: 'red' }));
      fake.send(told(event('port-down')));
    });
    expect(all).toEqual([event('port-up'), event('port-down')]);
  }));

it.each([
  [{ event: 'port-up', port: 'a' }, /the event.time is not text/],
  [{ ...event('missed'), missed: -1 }, /the event.missed is not a whole number/],
])('ends when an event is none: %j', (params, message) =>
  withFake(watches, async (path, fake) => {
    const watched = eventsUntil(path, 'port-up', () => fake.send(told(params)));
    await expect(watched).rejects.toThrow(message);
    await expect(watched).rejects.toMatchObject({ kind: 'garbled' });
  }),
);

it('ends when what comes is neither an answer nor a notification', () =>
  withFake(watches, async (path, fake) => {
    const watched = eventsUntil(path, 'port-up', () =>
      fake.send(Buffer.from('{"jsonrpc":"2.0","method":"event","params":7}\n')),
    );
    await expect(watched).rejects.toMatchObject({ kind: 'garbled' });
  }));

it('goes on when the connection is lost, and says so', () =>
  withFake(watches, async (path, fake) => {
    let dials = 0;
    const events: WatchedEvent[] = [];
    for await (const one of watchSwitch(path, { watching: () => fake.drop() })) {
      events.push(one);
      if (one.event !== 'switch-up') continue;
      if (++dials === 3) break;
      fake.drop();
    }
    expect(events.map((one) => one.event)).toEqual(
      Array(3).fill(['switch-down', 'switch-up']).flat(),
    );
  }));

it('says in one line that a switch is too old to be watched', () =>
  withFake(
    () => ({ error: { code: -32601, message: 'events.watch: no such method; see method.list' } }),
    async (path) => {
      const watched = eventsUntil(path, 'port-up', () => undefined);
      await expect(watched).rejects.toThrow(
        "'vmlane switch watch': the running switch is older than this program and does not know it; stop the switch and start it again; guests reconnect",
      );
    },
  ));

it.each(['watching', 'redialling'])('ends without an error when it is told to: %s', (state) =>
  withFake(watches, async (path, fake) => {
    const abort = new AbortController();
    const events: WatchedEvent[] = [];
    let ended = Promise.resolve();
    await new Promise<void>((watching) => {
      ended = (async () => {
        for await (const one of watchSwitch(path, { signal: abort.signal, watching })) {
          events.push(one);
        }
      })();
    });
    if (state === 'redialling') {
      await fake.close();
      await expect.poll(() => events.map(({ event }) => event)).toEqual(['switch-down']);
    }
    abort.abort();
    await ended;
  }),
);

it('does not begin when it was told to end, nor where no switch runs', () =>
  withFake(watches, async (path, fake) => {
    expect((await watchSwitch(path, { signal: AbortSignal.abort() }).next()).done).toBe(true);
    await fake.close();
    await expect(watchSwitch(path).next()).rejects.toBeInstanceOf(SwitchError);
  }));

it('takes no more than it can give away, and loses nothing', () =>
  withFake(watches, async (path, fake) => {
    let n = 0;
    const watching = () => {
      const line = told(event('port-up'));
      for (let i = 0; i < 200; i++) fake.send(Buffer.concat(Array(100).fill(line)));
    };
    for await (const _ of watchSwitch(path, { watching })) {
      // Somebody slow.
      if (n % 1000 === 0) await sleep(1);
      if (++n === 20_000) break;
    }
    expect(n).toBe(20_000);
  }));
