import type { Port } from '../../../switch/index.js';
import { controlSocketPath } from '../../../switch/paths.js';
import { InvalidInput } from '../../../values/errors.js';
import { command } from '../../command.js';
import { type Io, say } from '../../io.js';
import { json } from '../../options.js';
import { printJson } from '../../output.js';
import { controlSocket, withPort, withSwitch } from './client.js';
import {
  lcoreOption,
  named,
  pinOption,
  portOptions,
  portSettings,
  switchOptions,
} from './settings.js';
import { tellUntil } from './until.js';

const ofPort = { ...portOptions, ...lcoreOption, ...pinOption };

const portNames = Object.keys(ofPort) as (keyof typeof ofPort)[];
const switchNames = Object.keys(switchOptions) as (keyof typeof switchOptions)[];

/** `vmlane switch set` */
export const switchSet = command({
  path: ['switch', 'set'],
  summary: "Change a port's settings; without PORT the switch's, until it restarts",
  positionals: {},
  optional: { PORT: { describe: "the port's name", names: 'port' } },
  options: { ...controlSocket, ...ofPort, ...switchOptions, json },
  examples: [
    ['switch set web1.0 --vlan 100', 'move a guest to another VLAN while it runs'],
    ['switch set web1.0 --mac 52:54:00:12:34:56', 'no other source address may be used'],
    ['switch set web1.0 --pin 3', 'processor 3 polls it, after a restart, too'],
    ['switch set web1.0 --pin none', 'whichever the switch chooses, as at first'],
    ['switch set web1.0 --queue 1 --pin 4', 'processor 4 polls its second queue pair'],
    ['switch set --idle-wait 0', 'poll always, until the switch restarts'],
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
  [name in Exclude<keyof typeof ofPort, 'pin' | 'lcore' | 'queue'> | keyof typeof switchOptions]?:
    | string
    | number
    | undefined;
} & {
  pin?: string | undefined;
  lcore?: number | undefined;
  queue?: number | undefined;
  'control-socket'?: string | undefined;
  json?: boolean | undefined;
};

async function setPort(name: string, values: Values, io: Io): Promise<number> {
  if (values.vlan !== undefined) {
    const { mustBeNoNetworks } = await import('../../../networks/network.js');
    mustBeNoNetworks(controlSocketPath(values['control-socket'], io.env), name);
  }
  const { pin, lcore: given, queue } = values;
  mustHaveLcore(queue, pin ?? given);
  // Loaded only here: completions read this file, too.
  const { wantedLcore } = await import('../../../switch/pins.js');
  const { changed, port } = await withSwitch(values['control-socket'], io, async (client) => {
    const lcore = await wantedLcore({ pin, lcore: given }, () => client.info());
    const change = {
      name,
      ...portSettings(values),
      ...named({ lcore, queue }, ['lcore', 'queue']),
    };
    return withPort(client, name, () => client.setPort(change));
  });
  say(io, `port ${port.name} ${changed ? 'changed' : 'unchanged'}`);
  if (changed && port.interface) await keep(values, port, io);
  else if (changed) await tellUntil(io, port);
  if (values.json) printJson(io, { changed, ...port });
  return 0;
}

/** A queue pair is named for the lcore that is to poll it. @throws InvalidInput */
function mustHaveLcore(queue: number | undefined, lcore: string | number | undefined): void {
  if (queue === undefined || lcore !== undefined) return;
  const problem = 'says for which queue pair a processor is, and none is given';
  throw new InvalidInput({ thing: '--queue', problem, remedy: 'give --pin, or --lcore, too' });
}

/** Settings of an interface of the host last over a boot. */
async function keep(values: Values, port: Port, io: Io): Promise<void> {
  if (process.geteuid?.() !== 0) {
    say(io, `port ${port.name}: until the host boots; root's changes last`);
    return;
  }
  const { inNetworkTurn, keepHostPort } = await import('../../../networks/index.js');
  const socket = controlSocketPath(values['control-socket'], io.env);
  await inNetworkTurn(async () => keepHostPort(socket, port));
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
