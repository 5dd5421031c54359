/** What has happened lately. */
import { eventDetails } from '../switch/event-words.js';
import type { WatchedEvent } from '../switch/watch.js';
import { plain } from '../values/plain.js';
import type { Happened } from './wire.js';

/** Of addresses, which may be thousands a second, and of all others. */
const KEPT = { addresses: 100, others: 200 };

/** Keeps the latest events, those of addresses apart: they push nothing else out. */
export class Latest {
  #addresses: Happened[] = [];
  #others: Happened[] = [];
  #number = 0;
  /** Number of the last one that `fresh` gave. */
  #given = 0;

  add(event: WatchedEvent): void {
    const isAddress = event.event.startsWith('address-');
    const list = isAddress ? this.#addresses : this.#others;
    this.#number += 1;
    list.push(happened(this.#number, event));
    const most = isAddress ? KEPT.addresses : KEPT.others;
    // Not each time: a shift moves all of them.
    if (list.length > 2 * most) list.splice(0, list.length - most);
  }

  /** All that are kept, in the order in which they happened. */
  all(): Happened[] {
    return this.#after(0);
  }

  /** Those since the last call. */
  fresh(): Happened[] {
    const found = this.#after(this.#given);
    this.#given = this.#number;
    return found;
  }

  #after(number: number): Happened[] {
    const lists = [this.#addresses.slice(-KEPT.addresses), this.#others.slice(-KEPT.others)];
    const found = lists.flat().filter((one) => one.number > number);
    return found.sort((a, b) => a.number - b.number);
  }
}

function happened(number: number, one: WatchedEvent): Happened {
  const port = 'port' in one ? (one.port ?? '') : '';
  const { time, event } = one;
  return { number, time, event, port: plain(port), text: plain(eventDetails(one)) };
}
