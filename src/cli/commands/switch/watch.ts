import { EVENTS } from '../../../contract/bounds.js';
import { answerDeadlineMs } from '../../../switch/deadline.js';
import { eventDetails } from '../../../switch/event-words.js';
import { controlSocketPath } from '../../../switch/paths.js';
import type { WatchedEvent } from '../../../switch/watch.js';
import { InvalidInput } from '../../../values/errors.js';
import { nearest } from '../../../values/nearest.js';
import { command } from '../../command.js';
import { type Io, say } from '../../io.js';
import { flag, integer, json, texts } from '../../options.js';
import { plain } from '../../output.js';
import { controlSocket } from './client.js';

/** The switch's own, and what is noticed of the switch. */
const NAMES = [...Object.keys(EVENTS), 'switch-down', 'switch-up'];

/** `vmlane switch watch` */
export const switchWatch = command({
  path: ['switch', 'watch'],
  summary: 'Print what happens in the switch, a JSON object a line, until Ctrl-C',
  positionals: {},
  options: {
    ...controlSocket,
    port: texts('Only what has to do with the port of this name; may be repeated', 'port'),
    event: texts(`Only events of this name; may be repeated: ${NAMES.join(', ')}`),
    count: integer('count', 1, 1_000_000_000, 'End after this many events'),
    text: flag('Print lines for a person in place of JSON'),
    json,
  },
  examples: [
    ['switch watch', 'guests that come and go, addresses, links, limits, restarts'],
    ['switch watch --port web1.0 --text', 'of one port, to read along'],
    ['switch watch --event port-up --count 1', 'wait for the next guest'],
  ],
  async run({ port, event, count = Number.POSITIVE_INFINITY, text, json: asJson, ...values }, io) {
    if (text && asJson) {
      const problem = 'cannot be given together with --json';
      throw new InvalidInput({ thing: '--text', problem, remedy: 'give one of them' });
    }
    for (const name of event ?? []) mustBeEvent(name);
    const isWanted = (one: WatchedEvent) =>
      (!event || event.includes(one.event)) && (!port || concerns(one, port));
    let left = count;
    for await (const one of watch(values['control-socket'], io)) {
      if (!isWanted(one)) continue;
      io.out(text ? lineOf(one) : `${JSON.stringify(one)}\n`);
      left -= 1;
      if (left === 0) break;
    }
    return 0;
  },
});

async function* watch(given: string | undefined, io: Io): AsyncGenerator<WatchedEvent> {
  const { watchSwitch } = await import('../../../switch/watch.js');
  yield* watchSwitch(controlSocketPath(given, io.env), {
    deadlineMs: answerDeadlineMs(io.env),
    signal: AbortSignal.any([io.interrupted(), io.unread()]),
    watching: () => say(io, 'watching the switch; Ctrl-C ends it'),
  });
}

function mustBeEvent(name: string): void {
  if (NAMES.includes(name)) return;
  const near = nearest(name, NAMES);
  throw new InvalidInput({
    thing: '--event',
    problem: `"${name}" is no event`,
    remedy: near ? `did you mean ${near}?` : `give one of ${NAMES.join(', ')}`,
  });
}

/** What is missed, and the switch itself, concerns every port. */
function concerns(one: WatchedEvent, ports: readonly string[]): boolean {
  if (!('port' in one) || one.port === undefined) return true;
  return ports.includes(one.port) || (one.from !== undefined && ports.includes(one.from));
}

function lineOf(one: WatchedEvent): string {
  const port = 'port' in one ? (one.port ?? '') : '';
  const words = [one.time, one.event.padEnd(15), port, eventDetails(one)];
  return `${plain(words.join(' ').trimEnd())}\n`;
}
