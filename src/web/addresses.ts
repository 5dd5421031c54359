/** Search in the switch's address table, which may be long: read at most so far, and not anew for each who asks. */
import type { FdbEntry } from '../contract/types.js';
import type { SwitchClient } from '../switch/client.js';
import { InvalidInput } from '../values/errors.js';
import type { AddressAnswer } from './wire.js';

/** Addresses that are looked through, and that are answered; words in a question. */
export const BOUNDS = { searched: 50_000, answered: 500, words: 8 } as const;

/** How long the table is good for. */
const FRESH_MS = 2000;

interface Table {
  /** With the text in which words are looked for. */
  entries: { entry: FdbEntry; text: string }[];
  total: number;
}

/** Answers searches. */
export class Addresses {
  #table: { at: number; read: Promise<Table> } | undefined;

  /** Words that are all in an address, its port or its VLAN (`vlan7`). @throws as SwitchClient.fdb, InvalidInput */
  async search(client: Pick<SwitchClient, 'fdb'>, words: string): Promise<AddressAnswer> {
    const wanted = [...new Set(words.toLowerCase().split(/\s+/).filter(Boolean))];
    if (wanted.length > BOUNDS.words)
      throw new InvalidInput({
        thing: 'search',
        problem: `has ${wanted.length} words, of ${BOUNDS.words} at most`,
        remedy: 'leave some out',
      });
    const { entries, total } = await this.#read(client);
    const found = entries.filter(({ text }) => wanted.every((word) => text.includes(word)));
    return {
      entries: found
        .slice(0, BOUNDS.answered)
        .map(({ entry: { mac, vlan, own_tag: own, port, age, pinned } }) => ({
          mac,
          vlan: vlan === 0 ? '-' : `${vlan}${own ? " (guest's own)" : ''}`,
          port,
          age,
          pinned: pinned ?? false,
        })),
      matched: found.length,
      searched: entries.length,
      total,
    };
  }

  #read(client: Pick<SwitchClient, 'fdb'>): Promise<Table> {
    const kept = this.#table;
    if (kept && performance.now() - kept.at < FRESH_MS) return kept.read;
    const table = { at: Number.POSITIVE_INFINITY, read: readTable(client) };
    const done = () => {
      table.at = performance.now();
    };
    table.read.then(done, () => {
      if (this.#table === table) this.#table = undefined;
    });
    this.#table = table;
    return table.read;
  }
}

async function readTable(client: Pick<SwitchClient, 'fdb'>): Promise<Table> {
  const { entries, total } = await client.fdb({ limit: BOUNDS.searched });
  const searched = entries.map((entry) => {
    const { mac, port, vlan } = entry;
    return { entry, text: `${mac} ${port} vlan${vlan}`.toLowerCase() };
  });
  return { entries: searched, total };
}
