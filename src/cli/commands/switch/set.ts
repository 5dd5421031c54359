import { InvalidInput } from '../../../values/errors.js';
import { command } from '../../command.js';
import { type Io, say } from '../../io.js';
import { integer, json } from '../../options.js';
import { printJson } from '../../output.js';
import { controlSocket, withPort, withSwitch } from './client.js';
import { named, portOptions, portSettings } from './port-options.js';
import { tellUntil } from './until.js';

const ofPort = {
  ...portOptions,
  lcore: integer('lcore', 0, 127, 'The lcore that polls the port (see switch info)'),
} as const;

const ofSwitch = {
  ageing: integer('ageing', 1, 1_000_000, 'Seconds until a silent address is forgotten'),
  'idle-sleep': integer('idle-sleep', 0, 100_000, 'Microseconds to sleep when idle; 0: poll'),
  stats: integer('stats', 0, 86_400, 'Seconds between tables in the log; 0: none'),
  'rx-retry': integer('rx-retry', 0, 1, 'Wait for a guest whose ring is full, uplink to guest'),
  'rx-retry-num': integer('rx-retry-num', 0, 100, 'How often'),
  'rx-retry-delay': integer('rx-retry-delay', 0, 1000, 'Microseconds between'),
} as const;

const portNames = Object.keys(ofPort) as (keyof typeof ofPort)[];
const switchNames = Object.keys(ofSwitch) as (keyof typeof ofSwitch)[];

/** `vmlane switch set` */
export const switchSet = command({
  path: ['switch', 'set'],
  summary: "Change a port's settings, or without PORT those of the switch until it restarts",
  positionals: {},
  optional: { PORT: { describe: "the port's name" } },
  options: { ...controlSocket, ...ofPort, ...ofSwitch, json },
  examples: [
    ['switch set web1.0 --vlan 100', 'move a guest to another VLAN while it runs'],
    ['switch set web1.0 --mac 52:54:00:12:34:56', 'no other source address may be used'],
    ['switch set web1.0 --lcore 1', 'let another lcore poll it, until the switch restarts'],
    ['switch set --idle-sleep 100', 'rest when idle, until the switch restarts'],
    ['switch set --ageing 60 --json', 'print all settings afterwards'],
  ],
  async run({ PORT, ...values }, io) {
    const stray = (PORT === undefined ? portNames : switchNames).find(
      (name) => values[name] !== undefined,
    );
    if (stray !== undefined) throw misplaced(stray, PORT);
    return PORT === undefined ? setSwitch(values, io) : setPort(PORT, values, io);
  },
});

type Values = {
  [name in keyof typeof ofPort | keyof typeof ofSwitch]?: string | number | undefined;
} & { 'control-socket'?: string | undefined; json?: boolean | undefined };

async function setPort(name: string, values: Values, io: Io): Promise<number> {
  const change = { name, ...portSettings(values), ...named(values, ['lcore']) };
  const { changed, port } = await withSwitch(values['control-socket'], io, (client) =>
    withPort(client, name, () => client.setPort(change)),
  );
  const until = values.lcore === undefined ? '' : '; the lcore until the switch restarts';
  say(io, `port ${port.name} ${changed ? `changed${until}` : 'unchanged'}`);
  if (changed) await tellUntil(io, port);
  if (values.json) printJson(io, { changed, ...port });
  return 0;
}

async function setSwitch(values: Values, io: Io): Promise<number> {
  const { changed, settings } = await withSwitch(values['control-socket'], io, (client) =>
    client.set(named(values, switchNames)),
  );
  say(io, changed ? 'settings changed until the switch restarts' : 'nothing to change');
  if (values.json) printJson(io, { changed, ...settings });
  return 0;
}

function misplaced(option: string, port: string | undefined): InvalidInput {
  const thing = `--${option}`;
  if (port !== undefined) {
    const remedy = 'leave PORT out, or the option';
    return new InvalidInput({ thing, problem: 'is a setting of the whole switch', remedy });
  }
  const remedy = `name the port: vmlane switch set PORT ${thing} …`;
  return new InvalidInput({ thing, problem: 'is a setting of a port', remedy });
}
