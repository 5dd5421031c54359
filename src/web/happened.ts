/** What has happened lately. */
import { eventDetails } from '../switch/event-words.js';
import type { WatchedEvent } from '../switch/watch.js';
import { plain } from '../values/plain.js';
import { type Happened, isOfAddress, KEPT, latestOf } from './wire.js';

/** Keeps the latest events, those of addresses apart: they push nothing else out. */
export class Latest {
  #addresses: Happened[] = [];
  #others: Happened[] = [];
  #number = 0;
  /** Number of the last one that `fresh` gave. */
  #given = 0;

  add(event: WatchedEvent): void {
    const isAddress = isOfAddress(event.event);
    const list = isAddress ? this.#addresses : this.#others;
    this.#number += 1;
    list.push(happened(this.#number, event));
    const most = isAddress ? KEPT.addresses : KEPT.all;
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
    const all = latestOf([...this.#addresses, ...this.#others]);
    return all.filter((one) => one.number > number);
  }
}

function happened(number: number, one: WatchedEvent): Happened {
  const port = 'port' in one ? (one.port ?? '') : '';
  const { time, event } = one;
  return { number, time, event, port: plain(port), text: plain(eventDetails(one)) };
}
