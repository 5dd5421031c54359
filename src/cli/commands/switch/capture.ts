import { PARAMETERS, PORT_NAME } from '../../../contract/bounds.js';
import type { CaptureRequest } from '../../../contract/types.js';
import type { Captured, CaptureSink } from '../../../switch/capture.js';
import { InvalidInput } from '../../../values/errors.js';
import { command } from '../../command.js';
import { type Io, say } from '../../io.js';
import { choice, flag, integer, json, text, texts } from '../../options.js';
import { printJson } from '../../output.js';
import { controlSocket, withSwitch } from './client.js';

const { snap } = PARAMETERS['capture.start'];
const MIB = 1024 * 1024;

const options = {
  ...controlSocket,
  write: {
    ...text('write', 'Write pcapng to this new file; -: to standard output, for Wireshark', 'file'),
    alias: 'w',
  },
  force: flag('Replace files that are there'),
  port: texts('A port, also one that is not there yet; may be repeated', 'port'),
  filter: text('filter', "A filter as tcpdump's, such as 'tcp port 80'"),
  direction: choice(
    'direction',
    ['in', 'out', 'both'],
    'in: what guests send; out: what is for them [default: both]',
  ),
  'no-drops': flag('Leave out frames that the switch drops'),
  snap: integer('snap', snap.min, snap.max, 'Bytes of a frame at most [default: all]'),
  packets: integer('packets', 1, Number.MAX_SAFE_INTEGER, 'End after so many frames'),
  seconds: integer('seconds', 1, 1_000_000, 'End after so many seconds'),
  'file-size': integer('file-size', 1, 1_000_000, 'MiB of a file; then it ends, without --files'),
  files: integer('files', 2, 1000, 'With --file-size: so many files, the oldest written anew'),
  json,
} as const;

/** What of the options says where frames go. */
interface Wanted {
  write?: string | undefined;
  force?: boolean | undefined;
  'file-size'?: number | undefined;
  files?: number | undefined;
  json?: boolean | undefined;
}

/** `vmlane switch capture` */
export const switchCapture = command({
  path: ['switch', 'capture'],
  summary: 'Show the frames of ports, or write them to files',
  positionals: {},
  several: {
    name: 'PORT|FILTER',
    describe: 'ports [all], and a filter as tcpdump has them, in quotes',
    optional: true,
    names: 'port',
  },
  options,
  examples: [
    ['switch capture web1.0', 'a line for each frame from and to that port, drops with the reason'],
    ["switch capture web1.0 'tcp port 80' -w web1.pcapng", 'into a file, until interrupted'],
    ["switch capture 'arp or icmp' --seconds 10", 'of all ports, for ten seconds'],
    ['switch capture -w all.pcapng --file-size 100 --files 5', 'the last 400 MiB or more'],
    ['switch capture web1.0 -w -', 'for another program: | wireshark -k -i -'],
  ],
  manual: async () => (await import('./capture-manual.js')).manual,
  async run({ words, ...values }, io) {
    mustFit(values, io);
    const { capture } = await import('../../../switch/capture.js');
    return withSwitch(values['control-socket'], io, async (client) => {
      const names = (await client.ports()).map(({ name }) => name);
      const { ports, filter } = sorted(words, names, values);
      const request: CaptureRequest = {
        ...(ports.length > 0 && { ports }),
        ...(filter !== undefined && { filter: await compiled(filter, io) }),
        ...(values.snap !== undefined && { snap: values.snap }),
        ...(values['no-drops'] && { drops: false }),
        ...(values.direction !== undefined && { direction: values.direction }),
      };
      const { socket } = await client.capture(request);
      const sink = await sinkOf(values, io).catch((error: unknown) => {
        socket.destroy();
        throw error;
      });
      const signal = io.interrupted();
      say(io, `${spoken(ports, names)}: frames go to ${where(values)} until this is interrupted`);
      const { packets, seconds } = values;
      const captured = await capture(socket, sink, { packets, seconds, signal });
      return told(captured, values, io);
    });
  },
});

function mustFit(values: Wanted, io: Pick<Io, 'outIsTerminal'>): void {
  const { write, files, 'file-size': size, json: asJson } = values;
  const toFile = write !== undefined && write !== '-';
  const refuse = (thing: string, problem: string, remedy: string) => {
    throw new InvalidInput({ thing, problem, remedy });
  };
  if (write === '-' && io.outIsTerminal)
    refuse(
      '-w -',
      'a terminal is no place for frames',
      'pipe it: | wireshark -k -i -; or leave it out',
    );
  if (size !== undefined && !toFile) refuse('--file-size', 'is for files', 'give -w FILE, too');
  if (files !== undefined && size === undefined)
    refuse('--files', 'it is not said how large they are', 'give --file-size, too');
  if (values.force && !toFile) refuse('--force', 'is for files', 'give -w FILE, too');
  if (asJson && !toFile)
    refuse('--json', 'standard output is for frames', 'give -w FILE, too, or leave it out');
}

/** Words that are names of ports are ports; one more is the filter. */
function sorted(
  words: readonly string[],
  names: readonly string[],
  { port = [], filter }: { port?: string[] | undefined; filter?: string | undefined },
): { ports: string[]; filter: string | undefined } {
  for (const name of port)
    if (!PORT_NAME.pattern.test(name) || name.length > PORT_NAME.max)
      throw new InvalidInput({
        thing: '--port',
        problem: `'${name}' is no name of a port`,
        remedy: "'vmlane switch ports' lists ports",
      });
  const others = words.filter((word) => !names.includes(word));
  const ports = [...new Set([...port, ...words.filter((word) => names.includes(word))])];
  const [first, second] = filter === undefined ? others : [filter, ...others];
  if (second === undefined) return { ports, filter: first };
  throw new InvalidInput({
    thing: 'vmlane switch capture',
    problem: `'${second}' is no port, and one word is the filter`,
    remedy: "put the filter in quotes ('tcp port 80'); 'vmlane switch ports' lists ports",
  });
}

async function compiled(filter: string, io: Pick<Io, 'env'>): Promise<number[][]> {
  const { compileFilter } = await import('../../../switch/capture-filter.js');
  return compileFilter(filter, { env: environment(io) });
}

/** tcpdump is found as every program of the user's. */
const environment = ({ env }: Pick<Io, 'env'>): NodeJS.ProcessEnv => ({ ...process.env, ...env });

async function sinkOf(values: Wanted, io: Io): Promise<CaptureSink> {
  const { write, force, files, 'file-size': size } = values;
  if (write === undefined) {
    const { captureToLines } = await import('../../../switch/capture-print.js');
    return captureToLines((line) => io.bytes(line), { env: environment(io) });
  }
  if (write === '-') return captureToOutput(io);
  const { captureToFiles } = await import('../../../switch/capture-files.js');
  const bytes = size === undefined ? undefined : size * MIB;
  return captureToFiles({ path: write, size: bytes, files, force });
}

/** Standard output, as it is: for another program. */
function captureToOutput(io: Pick<Io, 'bytes'>): CaptureSink {
  let waiting: Buffer[] = [];
  const flush = async () => {
    const bytes = waiting;
    waiting = [];
    return bytes.length === 0 || io.bytes(Buffer.concat(bytes));
  };
  return {
    names: [],
    async put({ bytes }) {
      waiting.push(bytes);
      return true;
    },
    flush,
    async end() {
      await flush();
    },
  };
}

const spoken = (ports: readonly string[], names: readonly string[]): string =>
  ports.length > 0
    ? `port${ports.length > 1 ? 's' : ''} ${ports.join(', ')}`
    : `all ${names.length} ports`;

const where = ({ write }: Wanted): string =>
  write === undefined || write === '-' ? 'standard output' : write;

/** Says how it went; the exit code. */
function told(captured: Captured, values: Wanted, io: Io): number {
  const { packets, dropped, lost, ended } = captured;
  const some = `${packets} frame${packets === 1 ? '' : 's'}`;
  say(
    io,
    `${some}, ${dropped} of them dropped by the switch; ${lost} missing, as they came too fast`,
  );
  if (ended === 'switch') say(io, 'the switch has ended it; see its log');
  if (values.json) printJson(io, { ...captured, files: [...captured.files] });
  return ended === 'switch' ? 1 : 0;
}
