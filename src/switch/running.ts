/** Compares a running switch with the requested one. */
import { dirname } from 'node:path';
import { camel, kebab } from '../contract/names.js';
import type { Hello, Port, Settings, SwitchInfo } from '../contract/types.js';
import { lookAt } from '../system/look/index.js';
import { readHugeMounts } from '../system/memory/mounts.js';
import { argumentsOf } from '../system/processes/table.js';
import { Failed } from '../values/errors.js';
import { pageSizeWord, parsePageSize } from '../values/page-size.js';
import { pciAddress } from '../values/pci.js';
import { GUEST_FOLDER } from '../values/socket-path.js';
import { staticPort, staticRelayOf } from '../values/static-relay.js';
import { featureMask, featureNames } from '../values/virtio-features.js';
import { SwitchClient } from './client.js';
import { GROUP_OPTIONS, type LaunchOptions, type LaunchPlan } from './launch.js';
import { absoluteSocketPath } from './paths.js';
import type { StaticRelay } from './static-relays.js';

/** Known facts of a running switch; `argv` only if its process is visible. */
export interface Running {
  info: SwitchInfo;
  ports: readonly Port[];
  argv: readonly string[] | undefined;
}

/** An option with another value in the running switch. */
export interface Difference {
  option: string;
  asked: string;
  running: string;
  /** Whether it can change while the switch runs. */
  live: boolean;
}

/** A row's values as a user writes them; undefined: not requested. */
type Row = [option: string, asked: Value, running: Value, live?: 'live'];
type Value = string | number | boolean | undefined;

/** The requested options that differ in the running switch. */
export function differences(asked: LaunchOptions, running: Running): Difference[] {
  return rowsOf(asked, running)
    .filter(([, wanted, is]) => wanted !== undefined && wanted !== is)
    .map(([option, wanted, is, live]) => {
      return { option, asked: shown(wanted), running: shown(is), live: live === 'live' };
    });
}

function rowsOf(asked: LaunchOptions, { info, ports, argv }: Running): Row[] {
  const { uplink, settings } = info;
  const cpus = asked.cpus ?? asked.cores;
  const sockets = asked.socketFiles?.map(absoluteSocketPath) ?? [];
  return [
    ['--cpus', cpus && list(cpus), list(info.lcores.map(({ cpu }) => cpu))],
    ['--memory', asked.memoryMiB, memoryOf(argv)],
    ['--user', asked.user, argv && (after(argv, '--user') ?? 'root')],
    ['--log-file', asked.logFile, after(argv, '--log-file')],
    ['--log-format', asked.logFormat, after(argv, '--log-format') ?? 'auto'],
    ['--no-huge', asked.hugePages === false || undefined, argv?.includes('--no-huge')],
    ['--page-size', pageSizeWord(parsePageSize(asked.pageSize ?? '')), pageSizeOf(argv)],
    ['--uplink', asked.uplink && (pciAddress(asked.uplink) ?? asked.uplink), uplinkOf(argv, info)],
    [
      '--device',
      asked.devices && words(asked.devices.map(({ name, device }) => `${name}=${device}`)),
      words(allAfter(argv, '--device').filter((one) => !isStatic(one))),
    ],
    [
      '--relay',
      asked.relays && words(asked.relays.map(relayWord)),
      words(staticOf(ports, asked.relays ?? [])),
    ],
    ['--buffers', asked.buffers, numberAfter(argv, '--total-num-mbufs')],
    ['--promiscuous', asked.promiscuous, uplink?.promiscuous ?? false],
    ['--mergeable', asked.mergeable, info.mergeable],
    ['--vm2vm', asked.vm2vm, info.vm2vm],
    ['--vlan-strip', asked.vlanStrip, after(argv, '--vlan-strip') !== '0'],
    ['--group', asked.group, after(argv, '--group')],
    [
      '--folder',
      asked.folders && words(asked.folders.map(absoluteSocketPath)),
      foldersOf(argv, asked),
    ],
    ['--tx-csum', asked.txCsum, info.tx_csum ?? false],
    ['--tso', asked.tso, info.tso ?? false],
    [
      '--features-off',
      asked.featuresOff && featureNames(featureMask(asked.featuresOff, '--features-off')).join(','),
      featureNames(after(argv, '--features-off') ?? '0x0').join(',') || undefined,
    ],
    [
      '--state-file',
      asked.stateFile && absoluteSocketPath(asked.stateFile),
      after(argv, '--state-file'),
    ],
    [
      '--vf-token-file',
      asked.vfTokenFile && absoluteSocketPath(asked.vfTokenFile),
      after(argv, '--vf-token-file'),
    ],
    ...GROUP_OPTIONS.map(([option, key]): Row => {
      return [`--${option}`, asked[key] && words(asked[key]), words(allAfter(argv, `--${option}`))];
    }),
    ...(Object.keys(settings) as (keyof Settings)[]).map((key): Row => {
      return [`--${kebab(key)}`, asked[camel(key)], settings[key], 'live'];
    }),
    ...sockets.map((path): Row => {
      const wanted = asked.client ? 'qemu' : 'switch';
      return [`--socket-file ${path}`, wanted, ports.find((port) => port.path === path)?.listener];
    }),
  ];
}

/** The settings that differ in the switch that runs there. @throws SwitchError if none does */
export async function differencesAt(
  controlSocket: string,
  asked: LaunchOptions,
): Promise<{ pid: number; found: Difference[] }> {
  const client = await SwitchClient.connect(controlSocket);
  try {
    const { pid } = client.hello;
    const [info, ports] = [await client.info(), await client.ports()];
    return { pid, found: differences(asked, { info, ports, argv: argvOf(pid) }) };
  } finally {
    client.close();
  }
}

/** Checks the switch that answered, and refuses other options than requested. @throws Failed */
export async function mustBeAsAsked(plan: LaunchPlan, hello: Hello): Promise<void> {
  const { controlSocket: _, binary: __, ...asked } = plan.asked;
  if (Object.values(asked).every((value) => value === undefined)) return;
  const { found } = await differencesAt(plan.controlSocket, asked);
  if (found.length > 0) throw otherwise(plan, hello, found);
}

function otherwise(plan: LaunchPlan, { pid }: Hello, found: readonly Difference[]): Failed {
  const { controlSocket: socket, settingsFile } = plan;
  const asker = settingsFile === undefined ? '' : `, or ${settingsFile} has`;
  const described = found.map(
    ({ option, asked, running }) => `${option} ${asked} (it has ${running})`,
  );
  const live = found.every((one) => one.live);
  const words = found.map(({ option, asked }) => `${option} ${asked}`).join(' ');
  return new Failed({
    thing: socket,
    problem: `a switch runs there (pid ${pid}) with other options than asked for${asker}: ${described.join(', ')}`,
    remedy: live
      ? `vmlane switch set ${words}`
      : "'vmlane switch stop' it and start it again; guests keep their NICs",
  });
}

/** The arguments of the running switch; undefined if its process is not visible. */
function argvOf(pid: number): string[] | undefined {
  const words = argumentsOf(lookAt('/'), String(pid));
  return words.length > 0 ? words : undefined;
}

/** The device as given to the EAL, else its DPDK name. */
function uplinkOf(argv: Running['argv'], { uplink }: SwitchInfo): string | undefined {
  return after(argv, '-a') ?? after(argv, '--vdev') ?? uplink?.name;
}

function isStatic(named: string): boolean {
  return staticRelayOf(named.split('=')[0] ?? '') !== undefined;
}

function relayWord({ name, device, path, listener, trunks, link }: StaticRelay): string {
  const more = [trunks && `trunks ${trunks}`, link && `link ${link}`].filter(Boolean);
  const at = path === null ? '' : ` at ${path} (${[`listener ${listener}`, ...more].join('; ')})`;
  return `${name}=${device}${at || more.map((one) => ` (${one})`).join('')}`;
}

/**
 * The static relays that it has; one that an end of is missing is another than asked for. What a port may have
 * otherwise while it runs counts only where it is asked for.
 */
function staticOf(ports: readonly Port[], asked: readonly StaticRelay[]): string[] {
  return ports.flatMap((port) => {
    const name = staticRelayOf(port.name);
    if (name === undefined || !port.device) return [];
    const vm = ports.find((one) => one.name === staticPort(name, 'vm'));
    const { path = null, listener = port.listener } = vm ?? {};
    const wish = asked.find((one) => one.name === name);
    const live = {
      ...(wish?.trunks && { trunks: port.trunks ?? 'all' }),
      ...(wish?.link && { link: vm?.link }),
    };
    const device = pciAddress(port.device) ?? port.device;
    return [relayWord({ ...{ name, device, path, listener }, ...live })];
  });
}

/** Without the guests' folder, which the switch has anyway. */
function foldersOf(
  argv: Running['argv'],
  { folders = [], relays = [] }: LaunchOptions,
): string | undefined {
  const asked = folders.map(absoluteSocketPath);
  const anyway = [GUEST_FOLDER, ...relays.map(({ path }) => dirname(path ?? '/'))];
  const has = allAfter(argv, '--folder');
  return words(has.filter((one) => asked.includes(one) || !anyway.includes(one)));
}

function after(argv: Running['argv'], option: string): string | undefined {
  const at = argv?.indexOf(option) ?? -1;
  return at < 0 ? undefined : argv?.[at + 1];
}

function allAfter(argv: Running['argv'], option: string): string[] {
  return argv?.filter((_, at) => argv[at - 1] === option) ?? [];
}

function words(list: readonly string[]): string | undefined {
  return list.length > 0 ? [...list].sort().join(',') : undefined;
}

function numberAfter(argv: Running['argv'], option: string): number | undefined {
  const word = after(argv, option);
  return word === undefined ? undefined : Number(word);
}

function list(numbers: readonly number[]): string {
  return [...numbers].sort((a, b) => a - b).join(',');
}

function shown(value: Value): string {
  if (value === undefined) return 'none or unknown';
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  return String(value);
}

/** Of the mount whose pages it has; undefined: it takes those of any size. */
function pageSizeOf(argv: Running['argv']): string | undefined {
  const folder = after(argv, '--huge-dir');
  const mount = readHugeMounts().find((one) => one.folder === folder);
  return pageSizeWord(mount?.pageSize);
}

/** MiB, said as one number or as one of each NUMA node. */
function memoryOf(argv: Running['argv']): number | undefined {
  const ofNodes = after(argv, '--socket-mem');
  if (ofNodes === undefined) return numberAfter(argv, '-m');
  return ofNodes.split(',').reduce((sum, mib) => sum + Number(mib), 0);
}
