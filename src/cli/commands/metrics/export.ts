import { setTimeout as sleep } from 'node:timers/promises';
import { WANTED } from '../../../metrics/listen.js';
import { answerDeadlineMs } from '../../../switch/deadline.js';
import { controlSocketPath } from '../../../switch/paths.js';
import { Failed, InvalidInput } from '../../../values/errors.js';
import { command } from '../../command.js';
import { aborted, type Io, say, sayError } from '../../io.js';
import { flag, integer, text } from '../../options.js';
import { controlSocket } from '../switch/client.js';

const INTERVAL_SECONDS = 15;

/** `vmlane metrics` */
export const metricsExport = command({
  path: ['metrics', 'export'],
  summary: "The switch's metrics for Prometheus: by HTTP, or in a file for node_exporter",
  positionals: {},
  options: {
    ...controlSocket,
    listen: text(
      'listen',
      `Serve them at ADDRESS:PORT or unix:PATH until interrupted [default: ${WANTED.usual}]`,
    ),
    'token-file': text(
      'token-file',
      'Only for who sends the token in this file; needed at another address than loopback',
      'file',
    ),
    file: text(
      'file',
      "Write them to this file, such as FOLDER/vmlane.prom, for node_exporter's textfile collector",
      'file',
    ),
    interval: integer(
      'interval',
      1,
      3600,
      `Write the file every so many seconds [default: ${INTERVAL_SECONDS}]`,
    ),
    once: flag('Write the file once'),
  },
  examples: [
    ['metrics', `serve them at ${WANTED.usual}/metrics, to this host only`],
    [
      'metrics --listen [::]:19797 --token-file /etc/vmlane/metrics-token',
      'to others, too, who send the token (Prometheus: authorization, credentials_file)',
    ],
    [
      'metrics --file /var/lib/prometheus/node-exporter/vmlane.prom',
      'by a node_exporter that runs already',
    ],
  ],
  async run({ file, listen, interval, once = false, ...values }, io) {
    const misplaced = misplacedOption(values['token-file'], { file, listen, interval, once });
    if (misplaced) throw misplaced;
    const { Source } = await import('../../../metrics/index.js');
    const { mustBeGuarded, placeOf, readToken } = await import('../../../serve/index.js');
    const place = placeOf(listen ?? WANTED.usual, WANTED);
    mustBeGuarded(place, values['token-file'] !== undefined, WANTED);
    const token = values['token-file'] && (await readToken(values['token-file']));
    const source = new Source(controlSocketPath(values['control-socket'], io.env), {
      deadlineMs: answerDeadlineMs(io.env),
      onChange: (trouble) => say(io, trouble?.message ?? 'the switch answers'),
    });
    try {
      if (file !== undefined)
        await write(source, file, once ? undefined : (interval ?? INTERVAL_SECONDS), io);
      else await listenAt(source, place, token, io);
    } finally {
      source.close();
    }
    return 0;
  },
});

type Metrics = import('../../../metrics/index.js').Source;
type Place = import('../../../serve/index.js').Place;

async function listenAt(source: Metrics, place: Place, token: string | undefined, io: Io) {
  const { serve } = await import('../../../metrics/index.js');
  const stop = io.interrupted();
  const server = await serve(place, {
    text: (format) => source.text(format),
    token,
    onError: (error) => sayError(io, error),
  });
  say(io, `metrics at ${server.at}${place.kind === 'tcp' ? '/metrics' : ', path /metrics'}`);
  await aborted(stop);
  await server.close();
}

/** Every so many seconds, or once. */
async function write(source: Metrics, file: string, seconds: number | undefined, io: Io) {
  const { removeMetrics, writeMetrics } = await import('../../../metrics/index.js');
  if (!file.endsWith('.prom')) say(io, `${file}: node_exporter reads files that end in .prom only`);
  writeMetrics(file, await source.text('text'));
  if (seconds === undefined) return;
  const signal = io.interrupted();
  let told: string | undefined;
  try {
    while (!signal.aborted) {
      await sleep(seconds * 1000, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) break;
      const text = await source.text('text');
      let trouble = await troubleOf(() => writeMetrics(file, text));
      // The former ones would be taken for the present.
      if (trouble) trouble = (await troubleOf(() => removeMetrics(file))) ?? trouble;
      if (trouble !== told) say(io, trouble ?? `${file} is written again`);
      told = trouble;
    }
  } finally {
    await removeMetrics(file);
  }
}

/** What is wrong; a disk that is full today has room tomorrow. */
async function troubleOf(work: () => void | Promise<void>): Promise<string | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    if (error instanceof Failed) return error.message;
    throw error;
  }
}

/** The error for options that have no meaning together. */
function misplacedOption(
  token: string | undefined,
  given: {
    file: string | undefined;
    listen: string | undefined;
    interval: number | undefined;
    once: boolean;
  },
): InvalidInput | undefined {
  const refuse = (thing: string, problem: string, remedy: string) =>
    new InvalidInput({ thing, problem, remedy });
  const { file, listen, interval, once } = given;
  if (file !== undefined) {
    const other = listen !== undefined ? '--listen' : token !== undefined ? '--token-file' : '';
    if (other) return refuse(other, 'has no meaning with --file', 'run two of these commands');
    if (once && interval !== undefined)
      return refuse('--once', 'has no meaning with --interval', 'leave out one of them');
    return undefined;
  }
  const alone = once ? '--once' : interval !== undefined ? '--interval' : '';
  return alone ? refuse(alone, 'is about a file', 'add --file') : undefined;
}
