import { resolve } from 'node:path';
import {
  backgroundArguments,
  type LaunchOptions,
  type LaunchPlan,
  launchOptions,
  namedDevice,
  namedRelays,
  planLaunch,
  readSwitchSettings,
  runInForeground,
  START_NAMES,
  START_OPTIONS,
  type StartName,
  SWITCH_USER,
  type SwitchSettings,
  settingsFileOf,
  startSwitch,
} from '../../../switch/index.js';
import { controlSocketPath, earlierState, filesBeside } from '../../../switch/paths.js';
import { InvalidInput } from '../../../values/errors.js';
import { shellWords } from '../../../values/shell.js';
import { command } from '../../command.js';
import { type Io, say } from '../../io.js';
import { flag, json } from '../../options.js';
import { printJson } from '../../output.js';
import { controlSocket } from './client.js';
import {
  isRoot,
  keepHostPorts,
  lendNics,
  restoreHost,
  restoreHostPorts,
  restoreRelays,
} from './host-ports.js';
import { settingsOptions, startOptions } from './start-options.js';

/** `vmlane switch start` */
export const switchStart = command({
  path: ['switch', 'start'],
  summary: 'Start the switch and wait until it answers',
  positionals: {},
  options: {
    ...controlSocket,
    ...startOptions,
    ...settingsOptions,
    foreground: flag('Stay attached, log to the terminal, end with its exit code'),
    'dry-run': flag('Print the command line, start nothing'),
    json,
  },
  examples: [
    ['switch start', 'start on the default control socket'],
    ['switch start --cpus 2-3 --memory 512', 'forward on processors 2 and 3'],
    ['switch start --uplink 0000:3b:00.0 --promiscuous', 'with a NIC'],
    ['switch start --device up0=net_af_xdp0,iface=eno2', 'a network card of the kernel'],
    ['switch start --device ns0=net_af_packet0,iface=veth0', 'a veth, to a container or namespace'],
    ['switch start --relay 3=0000:01:10.0', 'with a relay that is there from the start'],
    ['switch start --idle-wait 0', 'poll always, for the lowest latency'],
    ['switch start --change-group netops', 'not only root may change ports'],
    ['switch start --foreground --log-format json', 'log lines for a program'],
    ['switch start --no-settings --idle-sleep 100', 'without what the settings file has'],
    ['switch start --dry-run', 'show what would run'],
  ],
  manual: async () => (await import('./start-manual.js')).manual,
  async run(values, io) {
    const plan = await planOf(values, io.env);
    if (values['dry-run']) {
      const args = values.foreground ? plan.args : backgroundArguments(plan);
      return show({ ...plan, args }, values.json, io);
    }
    const { asked } = plan;
    for (const note of plan.notes) say(io, note);
    const earlier = asked.stateFile === undefined ? earlierState(plan.controlSocket) : undefined;
    if (earlier !== undefined) {
      const to = shellWords([earlier, filesBeside(plan.controlSocket).state]);
      // Its folder is there by then, with a mode that install -D would not give it.
      const how = `stop the switch, then: install -m 600 ${to}`;
      say(io, `${earlier} is not read; to take its ports over, ${how}`);
    }
    const staysRoot = plan.user === undefined && asked.user === undefined && isRoot();
    const requests = await restoreHost(plan, io);
    if (values.foreground) {
      if (staysRoot) say(io, STAYS_ROOT);
      return io.held(async (signal) => {
        try {
          const ready = async (ended: AbortSignal) => {
            await restoreRelays(plan, io);
            await keepHostPorts(plan, requests, io, ended);
          };
          return await runInForeground(plan, ready, signal);
        } finally {
          await lendNics(plan.controlSocket, io);
        }
      });
    }
    const { changed, hello } = await io.held(async (signal) => {
      try {
        const started = await startSwitch(plan, { progress: (line) => say(io, line), signal });
        await restoreRelays(plan, io);
        const late = await restoreHostPorts(plan, requests, io);
        for (const { message } of late ?? []) say(io, message);
        return started;
      } catch (error) {
        await lendNics(plan.controlSocket, io);
        throw error;
      }
    });
    if (staysRoot && changed) say(io, STAYS_ROOT);
    say(io, `switch ${changed ? 'started' : 'is already running'} (pid ${hello.pid})`);
    if (values.json) {
      const { controlSocket: socket, logFile } = plan;
      printJson(io, { changed, control_socket: socket, log_file: logFile, ...hello });
    }
    return 0;
  },
});

const STAYS_ROOT = `the switch stays root, as there is no account ${SWITCH_USER}; make it: 'vmlane host setup --sockets'`;

type StartValues = {
  [N in Exclude<StartName, 'device' | 'relay'>]?:
    | SwitchSettings[N]
    | readonly (string | number)[]
    | undefined;
} & {
  device?: readonly (string | number)[] | undefined;
  relay?: readonly (string | number)[] | undefined;
  'control-socket'?: string | undefined;
  settings?: string | undefined;
  'no-settings'?: boolean | undefined;
};

/** The switch that these options and its settings file describe. @throws as planLaunch, readSwitchSettings */
async function planOf(values: StartValues, env: NodeJS.ProcessEnv): Promise<LaunchPlan> {
  const { options, settingsFile } = startOf(values, env);
  return { ...(await planLaunch(options, env)), settingsFile };
}

/** The settings file's options, and those of the command line, which win. @throws InvalidInput */
export function startOf(
  values: StartValues,
  env: NodeJS.ProcessEnv,
  root = '/',
): { options: LaunchOptions; settingsFile: string | undefined } {
  const socket = controlSocketPath(values['control-socket'], env);
  const file = settingsFileFor(values, socket, root);
  const given = START_NAMES.filter((name) => values[name] !== undefined);
  const words = Object.fromEntries(given.map((name) => [name, plain(name, values[name])]));
  const { settings = {}, text } = file ?? {};
  return {
    // The parser has given each option the type that the table says.
    options: launchOptions({ ...settings, ...(words as SwitchSettings) }, socket),
    settingsFile: text === undefined ? undefined : file?.file,
  };
}

function settingsFileFor(values: StartValues, socket: string, root: string) {
  const { settings, 'no-settings': none } = values;
  if (settings !== undefined && none) {
    const remedy = 'leave one of them out';
    throw new InvalidInput({ thing: '--settings', problem: 'is given with --no-settings', remedy });
  }
  const path = settings === undefined ? settingsFileOf(socket) : resolve(settings);
  if (none || path === undefined) return undefined;
  const found = readSwitchSettings(path, root);
  if (settings === undefined || found.text !== undefined) return found;
  const remedy = 'check the name';
  throw new InvalidInput({ thing: path, problem: 'no such file or folder', remedy });
}

/** An option's value under the table's type: repeated words are text, devices have names. */
function plain(name: StartName, value: unknown): unknown {
  const { kind } = START_OPTIONS[name];
  if (kind === 'devices') return (value as unknown[]).map((one) => namedDevice(String(one)));
  if (kind === 'relays') return namedRelays((value as unknown[]).map(String));
  return kind === 'texts' || kind === 'paths' ? (value as unknown[]).map(String) : value;
}

function show(plan: LaunchPlan, asJson: boolean | undefined, io: Io): number {
  if (asJson) printJson(io, { argv: [plan.binary, ...plan.args], log_file: plan.logFile });
  else io.out(`${shellWords([plan.binary, ...plan.args])}\n`);
  return 0;
}
