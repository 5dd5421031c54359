import { DROP_REASONS } from '../../../contract/bounds.js';
import { frameFromFile, frameFromText, type SwitchClient } from '../../../switch/index.js';
import { InvalidInput } from '../../../values/errors.js';
import { command } from '../../command.js';
import { integer, json, text } from '../../options.js';
import { plain, printJson } from '../../output.js';
import { controlSocket, portOf, withPort, withSwitch } from './client.js';

type Trace = Awaited<ReturnType<SwitchClient['trace']>>;

/** What comes before it is read, too, and kept: some 15 MB of full-size frames. */
const MOST_FRAMES = 10_000;

/** `vmlane switch trace` */
export const switchTrace = command({
  path: ['switch', 'trace'],
  summary: 'Show what the switch would do with a frame, and why; nothing is sent or learned',
  positionals: {},
  options: {
    ...controlSocket,
    from: text('from', 'The port that it comes from', 'port'),
    frame: text('frame', "The frame in words, as in tcpdump's filters"),
    file: text('file', 'A capture (pcap or pcapng) that has the frame', 'file'),
    number: integer('number', 1, MOST_FRAMES, 'Which one of the file [default: 1]'),
    hex: text('hex', "The frame's bytes without FCS, as hexadecimal digits"),
    json,
  },
  examples: [
    [
      "switch trace --from web1.0 --frame 'ether dst 52:54:00:12:34:56'",
      'from web1 to that address',
    ],
    [
      "switch trace --from web1.0 --frame 'arp who-has 10.0.0.1 tell 10.0.0.5'",
      'does it find its gateway',
    ],
    [
      "switch trace --from web1.0 --frame 'ether dst ff:ff:ff:ff:ff:ff and udp src port 68 and dst port 67'",
      'does its DHCP request pass',
    ],
    ['switch trace --from up0 --file seen.pcap --number 3', 'a frame that was captured'],
  ],
  async run({ from, ...values }, io) {
    if (from === undefined) {
      const remedy = "give it with --from; 'vmlane switch ports' lists them";
      throw new InvalidInput({ thing: 'trace', problem: 'no port is named', remedy });
    }
    const { frame, trace } = await withSwitch(values['control-socket'], io, async (client) => {
      const bytes = await frameOf(values, client, from);
      const hex = bytes.toString('hex');
      return { frame: hex, trace: await withPort(client, from, () => client.trace(from, hex)) };
    });
    if (values.json) printJson(io, { from, frame, ...jsonOf(trace) });
    else io.out(described(from, frame, trace));
    return 0;
  },
});

interface FrameValues {
  frame?: string | undefined;
  file?: string | undefined;
  number?: number | undefined;
  hex?: string | undefined;
}

async function frameOf(values: FrameValues, client: SwitchClient, from: string): Promise<Buffer> {
  const { frame, file, hex, number } = values;
  if ([frame, file, hex].filter((one) => one !== undefined).length !== 1) {
    const remedy = "give one, as --frame 'ether dst 52:54:00:12:34:56'";
    const problem = 'wants one of --frame, --file and --hex';
    throw new InvalidInput({ thing: 'trace', problem, remedy });
  }
  if (number !== undefined && file === undefined) {
    const problem = 'counts frames of a file, and there is none';
    throw new InvalidInput({ thing: '--number', problem, remedy: 'give it with --file' });
  }
  if (file !== undefined) return frameFromFile(file, number ?? 1);
  if (hex !== undefined) return bytesOf(hex);
  return frameFromText(frame ?? '', await addressOf(client, from));
}

function bytesOf(hex: string): Buffer {
  const digits = hex.replace(/[\s:]/g, '');
  if (/^([0-9a-f]{2})+$/i.test(digits)) return Buffer.from(digits, 'hex');
  const problem = 'is no row of bytes';
  throw new InvalidInput({ thing: '--hex', problem, remedy: 'give two digits for each' });
}

/** The port's own address, or one that was learned there. @throws InvalidInput for a port that is not there */
async function addressOf(client: SwitchClient, name: string): Promise<string | undefined> {
  const { mac } = await portOf(client, name);
  if (mac !== null && mac !== undefined) return mac;
  const { entries } = await client.fdb({ port: name, limit: 1 });
  return entries[0]?.mac;
}

function jsonOf({ to, drops, source_at, destination_at, ...rest }: Trace) {
  return {
    ...{ ...rest, source_at: source_at ?? null, destination_at: destination_at ?? null },
    to: to.map(({ port, tag }) => ({ port, tag: tag ?? null })),
    drops: drops.map(({ port, reason }) => ({ port, reason })),
  };
}

function described(from: string, hex: string, trace: Trace): string {
  const { vlan, source_at, destination_at, flooded, to, drops } = trace;
  const [dst, src] = [hex.slice(0, 12), hex.slice(12, 24)].map(address);
  const lines = [
    `from ${from}${vlan ? `, in VLAN ${vlan}` : ', in no VLAN'}`,
    `source ${src}: ${SOURCES[trace.source]?.(from, source_at) ?? trace.source}`,
    `destination ${dst}: ${destination(dst ?? '', destination_at)}`,
  ];
  if (to.length > 0) {
    const names = to.map((one) => `${one.port} (${tagged(one.tag)})`).join(', ');
    lines.push(flooded ? `goes to all in its VLAN: ${names}` : `goes to ${names}`);
  }
  for (const { port, reason } of drops) lines.push(`dropped at ${port}: ${reason}: ${why(reason)}`);
  return `${lines.map(plain).join('\n')}\n`;
}

const SOURCES: Record<string, (from: string, at: string | undefined) => string> = {
  unseen: () => 'not looked at',
  known: (from) => `known at ${from}`,
  learned: (from) => `would be learned at ${from}`,
  moved: (from, at) => `would move to ${from} from ${at}`,
  held: (_from, at) => `in use at ${at}, which keeps it`,
  kept: (_from, at) => (at === undefined ? 'not learned, as there is no room' : `stays at ${at}`),
};

function destination(address: string, at: string | undefined): string {
  if (at !== undefined) return `at ${at}`;
  return Number.parseInt(address.slice(0, 2), 16) & 1 ? 'for all' : 'not known';
}

function tagged(tag: number | undefined): string {
  return tag === undefined ? 'untagged' : `tag ${tag}`;
}

function why(reason: string): string {
  const known: Record<string, { meaning: string }> = DROP_REASONS;
  return known[reason]?.meaning ?? 'a reason of a newer switch';
}

function address(digits: string): string {
  return digits.replace(/..(?!$)/g, '$&:');
}
