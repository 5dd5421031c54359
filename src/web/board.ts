/** What is told: to who comes all, to who is there what has changed since a second ago. */
import { dropsOf, portFacts, rowOf, totalOf } from './facts.js';
import { short } from './history.js';
import type { Look } from './look.js';
import { networksByPort, picture } from './picture.js';
import type { KnownHost } from './surroundings.js';
import type { Message } from './wire.js';

/** Parts that are told only when they have changed. */
const RARE = ['switch', 'ports', 'networks', 'drops', 'no_libvirt'] as const;

/** The latest of everything. */
export class Board {
  readonly #look: Look;
  readonly #host: KnownHost;
  readonly #told = new Map<string, string>();
  /** The last message, and what it was made of: who asks within a second gets the same. */
  #made: { of: readonly unknown[]; message: Message } | undefined;

  constructor(look: Look, host: KnownHost) {
    this.#look = look;
    this.#host = host;
  }

  /** All that is known, for one who knows nothing. */
  whole(): Message {
    return { ...this.#parts(), whole: true, happened: this.#look.latest.all() };
  }

  /** Nobody is there who knows what was told. */
  forget(): void {
    this.#told.clear();
    this.#look.latest.fresh();
  }

  /** What has changed since the last call. */
  news(): Message {
    const message = this.#parts();
    for (const key of RARE) {
      const text = JSON.stringify(message[key]);
      if (this.#told.get(key) === text) delete message[key];
      else this.#told.set(key, text);
    }
    const happened = this.#look.latest.fresh();
    return { ...message, ...(happened.length > 0 && { happened }) };
  }

  #parts(): Message {
    const { seen, trouble, started, client } = this.#look;
    const time = Date.now();
    if (!seen || !client) {
      const why = trouble?.message ?? 'the switch was not asked yet';
      return { time, switch: { up: false, why } };
    }
    const { ports, info, stats, rates } = seen;
    const { networks, guests, states, noLibvirt } = this.#host;
    const of = [seen, networks, guests, states, noLibvirt];
    const made = this.#made;
    if (made?.of.every((one, i) => one === of[i])) return { ...made.message, time };
    const devices = info.devices ?? [];
    const drawn = picture({ ports, devices, networks, guests, states });
    const byPort = networksByPort(drawn);
    const { entries, capacity } = stats.fdb;
    const message: Message = {
      time,
      switch: {
        up: true,
        version: client.hello.version,
        started,
        max_ports: info.max_ports,
        addresses: { entries, capacity },
      },
      ports: ports.map((port) => portFacts(port, guests, byPort)),
      rows: ports.map(({ name }) => rowOf(rates.ports.get(name))),
      total: totalOf(rates.ports.values()),
      lcores: [...rates.lcores].map(([lcore, { load, packets }]) => [
        lcore,
        short(load),
        short(packets),
      ]),
      drops: dropsOf(stats, rates),
      networks: drawn,
      no_libvirt: noLibvirt ?? null,
    };
    this.#made = { of, message };
    return { ...message };
  }
}
