/** The page. */
import type { History, Message, PortAnswer } from '../wire.js';
import { askFor, keepToken, Refused, takeToken } from './ask.js';
import { Charts } from './charts.js';
import { make, pairs, setText, the } from './dom.js';
import { searchAddresses, showDrops, showEvents } from './lists.js';
import { Networks } from './networks.js';
import { Ports } from './ports.js';
import { after, NOTHING, type State } from './state.js';
import { listen } from './stream.js';
import { duration, rate, whole } from './words.js';

let state: State = NOTHING;
/** The port whose traffic is shown; undefined: of all. */
let chosen: string | undefined;

const charts = new Charts();
const ports = new Ports((port) => choose(port === chosen ? undefined : port));
const networks = new Networks((port) => choose(port));

function choose(port: string | undefined): void {
  chosen = port;
  setText(the('traffic-of'), port ?? 'All ports');
  the('all').hidden = port === undefined;
  the('details').hidden = port === undefined;
  ports.mark(port);
  void showHistory();
  void showDetails();
}

async function showHistory(): Promise<void> {
  const port = chosen;
  const query = port === undefined ? '' : `?port=${encodeURIComponent(port)}`;
  const history = await otherwise(askFor<History>(`history${query}`), undefined);
  // Another one may have been chosen meanwhile.
  if (history && port === chosen) charts.show(history);
}

async function showDetails(): Promise<void> {
  const port = chosen;
  if (port === undefined || !the<HTMLDetailsElement>('details').open) return;
  const path = `port?name=${encodeURIComponent(port)}`;
  const answer = await otherwise(askFor<PortAnswer>(path), undefined);
  if (!answer || port !== chosen) return;
  const dropped = answer.drops.map(
    ({ reason, total, rate: now }) =>
      [`dropped: ${reason}`, `${whole(total)}${now > 0 ? `, ${rate(now)}/s` : ''}`] as const,
  );
  the('detail').replaceChildren(
    make('dl', {}, ...pairs([...wordsOf(answer.counters), ...dropped])),
    make('dl', {}, ...pairs(wordsOf(answer.port))),
  );
}

function wordsOf(values: Record<string, unknown>): [string, string][] {
  return Object.entries(values).map(([key, value]) => [
    key.replaceAll('_', ' '),
    typeof value === 'number' ? whole(value) : value === null ? '–' : String(value),
  ]);
}

/** A question that needs no answer: what it is about is gone, or the next second says so. */
async function otherwise<T, U>(answer: Promise<T>, value: U): Promise<T | U> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof Refused || error instanceof TypeError) return value;
    throw error;
  }
}

function told(message: Message): void {
  state = after(state, message);
  document.body.classList.toggle('stale', state.switch?.up !== true);
  the('login').hidden = true;
  showSwitch();
  if (message.ports || message.rows) ports.show(state);
  if (message.networks) networks.show(message.networks);
  if (message.drops) showDrops(message.drops);
  if (message.happened || message.whole) showEvents(state.happened);
  if (chosen !== undefined && message.ports && !message.ports.some(({ name }) => name === chosen))
    choose(undefined);
  if (message.whole) void showHistory();
  else charts.add(message.time, rowShown());
  void showDetails();
}

function rowShown(): readonly number[] | null {
  if (!state.switch?.up) return null;
  if (chosen === undefined) return state.total ?? null;
  const row = state.rows[state.ports.findIndex(({ name }) => name === chosen)] ?? null;
  return row === 0 ? [0, 0, 0, 0, 0] : row;
}

function showSwitch(): void {
  const { up, why, version, started, max_ports: most, addresses } = state.switch ?? {};
  if (up) status('up', 'switch is up');
  else status('down', `switch is down: ${why}`);
  if (!up) return;
  const count = state.ports.filter((port) => port.state === 'up').length;
  const facts: [string, string][] = [
    ['version', version ?? ''],
    ['runs for', duration((state.time - (started ?? state.time)) / 1000)],
    ['ports', `${whole(count)} up of ${whole(state.ports.length)}, room for ${whole(most ?? 0)}`],
    ['addresses', whole(addresses?.entries ?? 0)],
  ];
  the('facts').replaceChildren(...pairs(facts));
  the('lcores').replaceChildren(
    ...(state.lcores ?? []).map(([lcore, load, frames]) => {
      const percent = `${(load * 100).toFixed(load < 0.1 ? 1 : 0)} %`;
      const bar = make('meter', { min: '0', max: '1', high: '0.8', value: String(load) }, percent);
      return make(
        'li',
        { title: `${rate(frames)} frames/s` },
        `lcore ${lcore} `,
        bar,
        ` ${percent}`,
      );
    }),
  );
  const by = state.no_libvirt ? `guests as their ports are named: ${state.no_libvirt}` : '';
  setText(the('guests-by'), by);
}

function status(kind: string, text: string): void {
  setText(the('status'), text);
  the('status').dataset.state = kind;
}

/** Asks for the token, and returns when there is one. */
function locked(): Promise<void> {
  const form = the<HTMLFormElement>('login');
  const token = the<HTMLInputElement>('token');
  status('wait', 'locked');
  setText(the('wrong'), token.value === '' ? '' : 'That is not the token.');
  form.hidden = false;
  token.focus();
  return new Promise((resolve) => {
    form.addEventListener(
      'submit',
      (event) => {
        event.preventDefault();
        keepToken(token.value.trim());
        resolve();
      },
      { once: true },
    );
  });
}

takeToken();
searchAddresses();
the('all').addEventListener('click', () => choose(undefined));
the('details').addEventListener('toggle', () => void showDetails());
the('of-addresses').addEventListener('change', () => showEvents(state.happened));
void listen({
  told,
  lost: (why) => {
    status('down', `no connection: ${why}`);
    document.body.classList.add('stale');
  },
  locked,
});
