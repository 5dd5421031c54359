/** Drops, events and addresses. */
import { type AddressAnswer, type DropFacts, type Happened, isOfAddress } from '../wire.js';
import { askFor } from './ask.js';
import { make, the } from './dom.js';
import { clockOf, duration, rate, whole } from './words.js';

export function showDrops(drops: readonly DropFacts[]): void {
  const rows = drops.flatMap((one) => [
    make(
      'tr',
      {},
      make('th', { scope: 'row' }, one.reason),
      make('td', { class: 'number' }, whole(one.total)),
      make('td', { class: one.rate > 0 ? 'number bad' : 'number none' }, rate(one.rate)),
      make('td', {}, one.most.join(', ')),
    ),
    make('tr', { class: 'meaning' }, make('td', { colspan: '4' }, one.meaning)),
  ]);
  the('reasons').replaceChildren(...(rows.length > 0 ? rows : [none(4, 'nothing was dropped')]));
}

/** Shows the latest first. */
export function showEvents(happened: readonly Happened[]): void {
  const all = the<HTMLInputElement>('of-addresses').checked;
  const shown = happened.filter(({ event }) => all || !isOfAddress(event));
  const items = shown
    .reverse()
    .map(({ time, event, port, text }) =>
      make(
        'li',
        { 'data-event': event },
        make('time', { datetime: time }, clockOf(time)),
        make('b', {}, event),
        make('span', {}, [port, text].filter(Boolean).join(' ')),
      ),
    );
  the('happened').replaceChildren(
    ...(items.length > 0 ? items : [make('li', {}, 'nothing has happened yet')]),
  );
}

/** Lists what the switch has learned, when it is asked for. */
export function searchAddresses(): void {
  const words = the<HTMLInputElement>('words');
  the('search').addEventListener('submit', async (event) => {
    event.preventDefault();
    const found = the('found');
    try {
      const search = encodeURIComponent(words.value);
      const answer = await askFor<AddressAnswer>(`addresses?search=${search}`);
      const rows = answer.entries.map(({ mac, vlan, port, age, pinned }) =>
        make(
          'tr',
          {},
          make('th', { scope: 'row' }, mac),
          make('td', {}, vlan),
          make('td', {}, port),
          make('td', { class: 'number' }, pinned ? '–' : duration(age)),
          make('td', {}, pinned ? 'yes' : ''),
        ),
      );
      the('learned').replaceChildren(...rows);
      found.textContent = foundText(answer);
    } catch (error) {
      found.textContent = (error as Error).message;
    }
  });
}

function foundText({ entries, matched, searched, total }: AddressAnswer): string {
  const shown = entries.length < matched ? `, the first ${whole(entries.length)} shown` : '';
  const rest =
    searched < total
      ? `; searched the first ${whole(searched)} of ${whole(total)}: vmlane switch fdb has all`
      : ` of ${whole(total)}`;
  return `${whole(matched)}${searched < total ? ' found' : ''}${shown}${rest}`;
}

function none(columns: number, text: string): HTMLElement {
  return make('tr', {}, make('td', { colspan: String(columns), class: 'none' }, text));
}
