import { resolve } from 'node:path';
import { SWITCH_UNIT } from '../../../host/setup/switch-unit.js';
import {
  type Difference,
  differencesAt,
  isNotRunning,
  launchOptions,
  type SettingsEdit,
  SWITCH_SETTINGS_FILE,
  SwitchError,
  type SwitchSettings,
  settingsFileOf,
  staticRelayValue,
} from '../../../switch/index.js';
import { controlSocketPath } from '../../../switch/paths.js';
import { changeSwitchSettings, readSwitchSettings } from '../../../switch/settings-file.js';
import { lookAt } from '../../../system/look/index.js';
import { hasSystemd } from '../../../system/os/systemd.js';
import { InvalidInput } from '../../../values/errors.js';
import { nearest } from '../../../values/nearest.js';
import { command } from '../../command.js';
import { unifiedDiff } from '../../diff.js';
import { type Io, say } from '../../io.js';
import { flag, json, text } from '../../options.js';
import { type Column, type Json, keyed, printJson, renderTable, table } from '../../output.js';
import { controlSocket } from './client.js';

const ACTIONS = ['show', 'set', 'unset'];

/** `vmlane switch settings` */
export const switchSettingsFile = command({
  path: ['switch', 'settings'],
  summary: 'Show and change what the switch is started with, in its settings file',
  positionals: {},
  several: {
    name: 'WORDS',
    describe:
      'show; set NAME=VALUE …; unset NAME …. Names are the options of switch start, a device is device.PORT, a static relay relay.NAME [default: show]',
    optional: true,
    words: ACTIONS,
  },
  options: {
    ...controlSocket,
    settings: text('settings', `The file [default: ${SWITCH_SETTINGS_FILE}]`, 'file'),
    'dry-run': flag('Show what would change in the file, change nothing'),
    json,
  },
  examples: [
    ['switch settings', 'what the file has, and what a running switch has otherwise'],
    ['switch settings set cpus=2,3 device.wan=0000:3b:00.0', 'at the next start, and all later'],
    ['switch settings set change-group=netops,adm mergeable=true', 'lists have commas'],
    ['switch settings unset device.wan --dry-run', 'show the change, make none'],
  ],
  async run({ words, ...values }, io) {
    const [action = 'show', ...rest] = words;
    const socket = controlSocketPath(values['control-socket'], io.env);
    const file = values.settings === undefined ? settingsFileOf(socket) : resolve(values.settings);
    if (file === undefined) {
      const problem = 'no settings file holds for this switch';
      throw new InvalidInput({ thing: socket, problem, remedy: 'name one with --settings FILE' });
    }
    if (action === 'show' && rest.length === 0) return show(file, socket, values.json, io);
    const edit = editOf(action, rest);
    const done = await changeSwitchSettings(edit, { file, dryRun: values['dry-run'] === true });
    const { changed, before = '', after, settings } = done;
    if (!values.json && values['dry-run']) io.out(unifiedDiff(before, after, file, io.color));
    const dry = values['dry-run'] === true;
    say(io, !changed ? `${file} unchanged` : dry ? `${file} would change` : `${file} changed`);
    const { different, pid } = await compare(settings, socket, io);
    const lost = changed && !dry && pid !== undefined ? (edit.unset ?? []) : [];
    if (!dry) tellRest(different, lost, io);
    tellUnit([...Object.keys(edit.set ?? {}), ...(edit.unset ?? [])], file, io);
    if (values.json)
      printJson(io, { changed: changed && !dry, ...shape(file, settings, different) });
    return 0;
  },
});

function editOf(action: string, words: readonly string[]): SettingsEdit {
  const thing = 'vmlane switch settings';
  const refuse = (problem: string, remedy = `see '${thing} --help'`) =>
    new InvalidInput({ thing, problem, remedy });
  if (!ACTIONS.includes(action)) {
    const near = nearest(action, ACTIONS);
    throw refuse(
      `"${action}" is none of ${ACTIONS.join(', ')}`,
      near && `did you mean '${thing} ${near}'?`,
    );
  }
  const [first] = words;
  if (action === 'show') throw refuse(`unexpected "${first}"`);
  if (first === undefined) throw refuse(`${action} of what? No name is given`);
  const twice = words.find((word, i) => words.findIndex((one) => key(one) === key(word)) !== i);
  if (twice !== undefined) throw refuse(`${key(twice)} is given more than once`, 'give it once');
  if (action === 'unset') return { unset: words };
  const set = words.map((word) => {
    if (word.includes('=')) return [key(word), word.slice(word.indexOf('=') + 1)] as const;
    throw refuse(`"${word}" has no value`, `write ${word}=VALUE, or unset it`);
  });
  return { set: Object.fromEntries(set) };
}

function key(word: string): string {
  return word.replace(/=.*/s, '');
}

interface Compared {
  different: readonly Difference[];
  /** Of the running switch; undefined: none runs, or it does not tell. */
  pid?: number;
}

/** What a running switch has otherwise. That it does not tell is no failure of the file's. */
async function compare(settings: SwitchSettings, socket: string, io: Io): Promise<Compared> {
  try {
    const { pid, found } = await differencesAt(socket, launchOptions(settings));
    return { different: found, pid };
  } catch (error) {
    if (!(error instanceof SwitchError)) throw error;
    const { message } = error;
    if (!isNotRunning(error)) say(io, `${message}; it is not compared with the file`);
    return { different: [] };
  }
}

/** How the running switch gets what it lacks. */
function tellRest(different: readonly Difference[], unset: readonly string[], io: Io): void {
  const live = different.filter((one) => one.live);
  const rest = different.filter((one) => !one.live);
  if (live.length > 0) {
    const options = live.map(({ option, asked }) => `${option} ${asked}`).join(' ');
    say(io, `the running switch gets it at once by: vmlane switch set ${options}`);
  }
  if (rest.length === 0 && unset.length === 0) return;
  const lacks = rest.map(({ option, asked, running }) => `${option} ${asked} (it has ${running})`);
  const what = lacks.length > 0 ? `has not yet ${lacks.join(', ')}` : 'keeps what is unset';
  say(io, `the running switch ${what}; guests stay up: ${restart()}`);
  // The switch keeps its ports over a restart, wherever they are from.
  if (unset.some((name) => name.split('.')[0] === 'device'))
    say(io, "a device that is unset stays a port until 'vmlane switch remove NAME'");
}

/** Options in the service's own command line win over the file. */
function tellUnit(names: readonly string[], file: string, io: Io): void {
  const unit = file === SWITCH_SETTINGS_FILE ? (lookAt('/').text(SWITCH_UNIT) ?? '') : '';
  const [line = ''] = /^ExecStart=.*$/m.exec(unit) ?? [];
  const options = [...new Set(names.map((name) => `--${name.split('.')[0]}`))];
  const fixed = options.filter((option) => line.split(/[ ="]/).includes(option));
  if (fixed.length === 0) return;
  const how = "leave them out: 'vmlane host setup --switch -- …'";
  say(io, `the service's own ${fixed.join(', ')} in ${SWITCH_UNIT} win; ${how}`);
}

function restart(): string {
  const look = lookAt('/');
  return hasSystemd(look) && look.exists(SWITCH_UNIT)
    ? 'systemctl restart vmlane-switch'
    : 'vmlane switch stop && vmlane switch start';
}

type Row = readonly [name: string, value: Json, running: string];

const COLUMNS: Column<Row>[] = [
  { key: 'name', value: ([name]) => name },
  { key: 'value', value: ([, value]) => value, text: ([, value]) => shown(value) },
  { key: 'running', title: 'THE RUNNING SWITCH HAS', value: ([, , running]) => running },
];

async function show(
  file: string,
  socket: string,
  asJson: boolean | undefined,
  io: Io,
): Promise<number> {
  const { settings, text: content } = readSwitchSettings(file);
  if (content === undefined)
    say(io, `${file}: there is none; 'vmlane switch settings set' makes it`);
  const { different, pid } = await compare(settings, socket, io);
  if (asJson) {
    printJson(io, shape(file, settings, different));
    return 0;
  }
  const has = (name: string) =>
    different.find(({ option }) => option.split(' ')[0] === `--${name}`)?.running;
  const rows = Object.entries(plain(settings)).map(
    ([name, value]): Row => [name, value, has(name) ?? (pid === undefined ? '-' : 'the same')],
  );
  if (content !== undefined) io.out(renderTable(table('settings', COLUMNS, rows), io.color));
  tellRest(different, [], io);
  return 0;
}

/** Values as the file has them. */
function plain(settings: SwitchSettings): Record<string, Json> {
  const { device, relay, ...rest } = settings;
  const values = Object.entries(rest) as [string, Json][];
  const named = (list: readonly (readonly [string, Json])[]) => keyed(Object.fromEntries(list));
  const devices = device?.map((one) => [one.name, one.device] as const);
  const relays = relay?.map((one) => [one.name, staticRelayValue(one) as Json] as const);
  return {
    ...Object.fromEntries(values),
    ...(devices && { device: named(devices) }),
    ...(relays && { relay: named(relays) }),
  };
}

function shown(value: Json): string {
  if (Array.isArray(value)) return value.join(',');
  if (typeof value !== 'object' || value === null) return String(value);
  return Object.entries(value)
    .map(([name, one]) => `${name}=${typeof one === 'string' ? one : JSON.stringify(one)}`)
    .join(' ');
}

function shape(file: string, settings: SwitchSettings, different: readonly Difference[]) {
  const differences = different.map(({ option, asked, running, live }) => {
    return { option: option.replace(/^--/, ''), asked, running, live };
  });
  return { file, settings: keyed(plain(settings)), differences };
}
