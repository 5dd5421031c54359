/** What is known, from messages of which each has only what is new. */
import { type Happened, latestOf, type Message, type PortFacts, type Row } from '../wire.js';

export interface State extends Omit<Message, 'whole'> {
  ports: PortFacts[];
  rows: Row[];
  happened: Happened[];
}

export const NOTHING: State = { time: 0, ports: [], rows: [], happened: [] };

/** What is known after that, too. While the switch is away, what was known of it stays. */
export function after(state: State, { whole, ...news }: Message): State {
  const before = whole ? [] : state.happened;
  const last = before.at(-1)?.number ?? 0;
  // Who has just come was told of these already, with all else.
  const happened = (news.happened ?? []).filter(({ number }) => number > last);
  return {
    ...state,
    ...news,
    // One of nobody would be a row of another port.
    rows: news.rows ?? (news.ports ? [] : state.rows),
    happened: latestOf([...before, ...happened]),
  };
}
