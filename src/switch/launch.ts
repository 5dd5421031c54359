import { createHash } from 'node:crypto';
import { DEFAULT_CONTROL_SOCKET, SWITCH_SETTINGS } from '../contract/bounds.js';
import { type Camel, camel, kebab } from '../contract/names.js';
import type { Settings, SettingsChange } from '../contract/types.js';
import { accountId } from '../system/accounts/table.js';
import { lookAt } from '../system/look/index.js';
import { hugePagesHold, readPageCounts } from '../system/memory/pages.js';
import { allowedCpus } from '../system/os/cpus.js';
import { InvalidInput } from '../values/errors.js';
import { wantedPageSize } from '../values/page-size.js';
import { GUEST_FOLDER } from '../values/socket-path.js';
import { staticPort } from '../values/static-relay.js';
import { featureMask } from '../values/virtio-features.js';
import { deviceArguments, devicesOf } from './device-names.js';
import { usualMemory } from './memory.js';
import { nodeMemory, nodeWithoutPages, ordinaryPages } from './node-memory.js';
import { wantedPages } from './page-mount.js';
import { absoluteSocketPath, filesBeside, findBinary } from './paths.js';
import { chooseCpus, farDevices, nodeOfCpu, nodesOf } from './place.js';
import { checkStaticRelays, foldersOfRelays, type StaticRelay } from './static-relays.js';
import { planToken } from './vf-token.js';

/** The protocol's settings (SWITCH_SETTINGS), `idle_sleep` as `idleSleep`. */
export type LaunchSettings = { [K in keyof Settings as Camel<K>]?: number | undefined };

/** Options for starting a switch; all have defaults. */
export interface LaunchOptions extends LaunchSettings {
  /** Path of the program; absent: see findBinary. */
  binary?: string | undefined;
  controlSocket?: string | undefined;
  /** Where ports are kept over a restart; in a folder beside the control socket by default (filesBeside). */
  stateFile?: string | undefined;
  /** Its log, also in the foreground; by default startSwitch's goes beside the control socket (filesBeside). */
  logFile?: string | undefined;
  /** Form of the log's lines: `text`, `json`, or `auto`: text, or fields where the journal reads them. */
  logFormat?: string | undefined;
  /** Groups, by name or number, whose members may look. Without any of these three only root may do anything. */
  lookGroups?: readonly string[] | undefined;
  /** Groups whose members may add, change and remove ports, too. */
  changeGroups?: readonly string[] | undefined;
  /** Groups whose members may do everything that root may. */
  adminGroups?: readonly string[] | undefined;
  /** The UUID by which VFs are opened of PFs that vfio-pci has; by default made in the switch's folder if needed. */
  vfTokenFile?: string | undefined;
  /** vhost-user sockets, one port each. */
  socketFiles?: string[] | undefined;
  /** Dials the socket files (QEMU listens) instead of creating them. */
  client?: boolean | undefined;
  /** Offer guests mergeable receive buffers. */
  mergeable?: boolean | undefined;
  /** Offer guests checksum offload. */
  txCsum?: boolean | undefined;
  /** Offer TCP segmentation offload, too; implies txCsum. */
  tso?: boolean | undefined;
  /** Virtio features that guests are not offered, by name: `packed,in_order`. */
  featuresOff?: string | undefined;
  /** PCI address of a NIC bound to vfio-pci, or a DPDK device in the form of EAL's --vdev. */
  uplink?: string | undefined;
  /** Ports that are devices: their names, and devices as `uplink` takes them. */
  devices?: readonly { name: string; device: string }[] | undefined;
  /** Relays that are there after each start; restoreStaticRelays makes their guests' halves. */
  relays?: readonly StaticRelay[] | undefined;
  /** Frames that a device may hold, at least; each gets what its driver needs without this. */
  buffers?: number | undefined;
  /** Broadcast, multicast and what is for unknown addresses reach guests from the uplink. */
  promiscuous?: boolean | undefined;
  /** Where frames between guests go: 0 out by the uplink, 1 the switch itself (the default), 2 through the NIC's own switch. */
  vm2vm?: number | undefined;
  /** false: guests see the tag that frames from the uplink have. */
  vlanStrip?: boolean | undefined;
  /** Group that the switch becomes; by default its user's. */
  group?: string | undefined;
  /** Forwarding processors, with an lcore on each; by default the highest allowed one. */
  cpus?: readonly number[] | undefined;
  /** @deprecated former name of `cpus`; removed in version 0.2. */
  cores?: readonly number[] | undefined;
  /** Memory of the switch in MiB; by default usualMemory of its devices. */
  memoryMiB?: number | undefined;
  /** Account that the switch becomes once all is opened; see SWITCH_USER. `root`: it stays root. */
  user?: string | undefined;
  /** Folders below which the switch may make sockets and files, beside those of its own paths. */
  folders?: string[] | undefined;
  /** false: ordinary pages. Otherwise huge pages if enough are free. */
  hugePages?: boolean | undefined;
  /** Huge pages of this size only, such as `2MiB`: refused, not replaced by ordinary ones, if they are too few. */
  pageSize?: string | undefined;
}

/** Account of the switch, on hosts that have it. */
export const SWITCH_USER = 'vmlane';

/** Everything needed to start the switch, and the decisions made. */
export interface LaunchPlan {
  binary: string;
  args: string[];
  controlSocket: string;
  logFile: string;
  hugePages: boolean;
  /** Where its huge pages come from, when only those of one size may. */
  pageFolder?: string | undefined;
  cpus: readonly number[];
  memoryMiB: number;
  /** That memory by NUMA node, from node 0 on; absent: as the EAL chooses, by its lcores. */
  nodeMiB?: readonly number[] | undefined;
  /** The file with its VF token, and whether it is ours to make; absent: no device needs one. */
  vfToken?: { file: string; ours: boolean } | undefined;
  /** The account that it becomes; undefined: it stays whoever starts it. */
  user?: string | undefined;
  /** The requested options: a running switch must have them, too. */
  asked: LaunchOptions;
  /** The settings file that some of them are from, for messages. */
  settingsFile?: string | undefined;
  /** What might surprise, one line each. */
  notes: readonly string[];
}

type Decided = Omit<LaunchPlan, 'args' | 'asked' | 'settingsFile' | 'notes'>;

/**
 * The switch's argument vector, without the program: arguments of DPDK's EAL, `--`, its own.
 * Every EAL lcore forwards, and control has its own thread, so one processor is enough.
 */
export function switchArguments(plan: Decided, options: LaunchOptions = {}): string[] {
  const eal = [
    '--lcores',
    plan.cpus.map((cpu, lcore) => `${lcore}@${cpu}`).join(','),
    ...deviceArguments(options),
    ...pageArguments(plan),
    ...(plan.nodeMiB ? ['--socket-mem', plan.nodeMiB.join(',')] : ['-m', String(plan.memoryMiB)]),
    '--file-prefix',
    filePrefix(plan.controlSocket),
  ];
  const stateFile = absoluteSocketPath(options.stateFile ?? filesBeside(plan.controlSocket).state);
  const own = ['--control-socket', plan.controlSocket, '--state-file', stateFile];
  if (options.logFile !== undefined) own.push('--log-file', plan.logFile);
  if (options.logFormat !== undefined) own.push('--log-format', logForm(options.logFormat));
  if (plan.vfToken) own.push('--vf-token-file', plan.vfToken.file);
  for (const [option, key] of GROUP_OPTIONS)
    for (const group of options[key] ?? []) own.push(`--${option}`, group);
  if (plan.user !== undefined) own.push('--user', plan.user);
  if (options.group !== undefined) own.push('--group', options.group);
  // Wherever the control socket is, guests' sockets are usually there.
  const usual = plan.user === undefined ? [] : [GUEST_FOLDER];
  const relays = options.relays ?? [];
  const given = [...(options.folders ?? []).map(absoluteSocketPath), ...foldersOfRelays(relays)];
  const folders = new Set([...usual, ...given]);
  for (const folder of folders) own.push('--folder', folder);
  for (const path of options.socketFiles ?? []) own.push('--socket-file', absoluteSocketPath(path));
  if (options.uplink !== undefined) own.push('-p', '1');
  for (const { name, device } of options.devices ?? []) own.push('--device', `${name}=${device}`);
  for (const { name, device } of relays)
    own.push('--device', `${staticPort(name, 'vf')}=${device}`);
  if (options.buffers !== undefined) own.push('--total-num-mbufs', String(options.buffers));
  if (options.promiscuous) own.push('-P');
  if (options.vm2vm !== undefined) own.push('--vm2vm', String(options.vm2vm));
  if (options.vlanStrip !== undefined) own.push('--vlan-strip', options.vlanStrip ? '1' : '0');
  if (options.client) own.push('--client');
  own.push(...settingArguments(options));
  if (options.mergeable !== undefined) own.push('--mergeable', options.mergeable ? '1' : '0');
  if (options.txCsum !== undefined) own.push('--tx-csum', options.txCsum ? '1' : '0');
  if (options.tso !== undefined) own.push('--tso', options.tso ? '1' : '0');
  if (options.featuresOff !== undefined)
    own.push('--features-off', featureMask(options.featuresOff, '--features-off'));
  return [...eal, '--', ...own];
}

/** The words of `vhost-switch --log-format`. @throws InvalidInput */
function logForm(word: string): string {
  if (['auto', 'text', 'json'].includes(word)) return word;
  const problem = `'${word}' is no form of a log`;
  throw new InvalidInput({ thing: '--log-format', problem, remedy: 'give auto, text or json' });
}

/** None of the switch's memory is left in files. DPDK refuses --in-memory with --no-huge, and takes every size with it. */
function pageArguments({ hugePages, pageFolder }: Decided): string[] {
  if (!hugePages) return ['--no-huge', '--no-shconf'];
  if (pageFolder === undefined) return ['--in-memory'];
  return ['--huge-dir', pageFolder, '--huge-unlink=always', '--no-shconf'];
}

/** Options that give groups a level, and their keys here. */
export const GROUP_OPTIONS = [
  ['look-group', 'lookGroups'],
  ['change-group', 'changeGroups'],
  ['admin-group', 'adminGroups'],
] as const;

/**
 * Root's switch becomes SWITCH_USER where the host has that account. Where it has not, it stays
 * root: a host that worked before goes on working, and `switch start` prints how to change that.
 */
function chooseUser(wanted: string | undefined, uid: number, root: string): string | undefined {
  if (wanted === 'root' && uid === 0) return undefined;
  if (wanted !== undefined) return wanted;
  return uid === 0 && accountId(lookAt(root), 'user', SWITCH_USER) !== undefined
    ? SWITCH_USER
    : undefined;
}

const SETTINGS = Object.entries(SWITCH_SETTINGS) as [
  keyof Settings,
  { min: number; max: number },
][];

/** Settings under their names in LaunchOptions. */
export function launchSettings(settings: SettingsChange): LaunchSettings {
  return Object.fromEntries(
    Object.entries(settings).map(([key, value]) => [camel(key as keyof Settings), value]),
  );
}

function settingArguments(options: LaunchSettings): string[] {
  return SETTINGS.flatMap(([key, { min, max }]) => {
    const value = options[camel(key)];
    if (value === undefined) return [];
    if (Number.isInteger(value) && value >= min && value <= max) {
      return [`--${kebab(key)}`, String(value)];
    }
    throw new InvalidInput({
      thing: camel(key),
      problem: `${value} is not a whole number from ${min} to ${max}`,
      remedy: 'give one',
    });
  });
}

/**
 * Fills in options left open, reading the host below `root`; changes nothing. Throws
 * InvalidInput for impossible options, Failed if there is no program.
 */
export async function planLaunch(
  options: LaunchOptions = {},
  env: NodeJS.ProcessEnv = process.env,
  root = '/',
  uid = process.getuid?.() ?? 0,
): Promise<LaunchPlan> {
  const controlSocket = absoluteSocketPath(options.controlSocket ?? DEFAULT_CONTROL_SOCKET);
  const memoryMiB = options.memoryMiB ?? usualMemory(devicesOf(options).length);
  const user = chooseUser(options.user, uid, root);
  const devices = devicesOf(options);
  const cpus = chooseCpus(options.cpus ?? options.cores, allowedCpus(root), devices, root);
  checkStaticRelays(options, cpus);
  const given =
    options.vfTokenFile === undefined ? undefined : absoluteSocketPath(options.vfTokenFile);
  const vfToken = planToken(given, controlSocket, devices, root);
  const lcore = nodeOfCpu(cpus[0], root);
  const wishes = { mib: memoryMiB, devices: nodesOf(devices, root), lcore };
  const mayHave = options.hugePages !== false;
  const pages = mayHave ? wantedPages(options.pageSize, wishes, root) : bothWishes(options);
  const counts = readPageCounts(root).filter((one) => !pages || one.pageSize === pages.pageSize);
  const without = nodeWithoutPages(wishes, counts);
  const hugePages = mayHave && without === undefined && (!!pages || hugePagesHold(memoryMiB, root));
  const nodeMiB = hugePages ? nodeMemory(wishes, counts) : undefined;
  const plan = {
    binary: await findBinary(options.binary, env),
    controlSocket,
    logFile:
      options.logFile === undefined
        ? filesBeside(controlSocket).log
        : absoluteSocketPath(options.logFile),
    hugePages,
    ...(pages && { pageFolder: pages.folder }),
    cpus,
    memoryMiB,
    ...(nodeMiB && { nodeMiB }),
    ...(user !== undefined && { user }),
    ...(vfToken && { vfToken }),
  };
  const ordinary = mayHave && !hugePages ? [ordinaryPages(memoryMiB, without)] : [];
  const notes = [...ordinary, ...farDevices(cpus, devices, root)];
  return { ...plan, args: switchArguments(plan, options), asked: options, notes };
}

/** @throws InvalidInput where ordinary pages and those of a size are asked for at once */
function bothWishes({ pageSize }: LaunchOptions): undefined {
  if (pageSize === undefined) return undefined;
  const problem = 'asks for huge pages, and --no-huge for none';
  throw new InvalidInput({ thing: `--page-size ${pageSize}`, problem, remedy: 'give one of them' });
}

/** Refuses options that no switch on the host below `root` can have, as planLaunch does. @throws InvalidInput */
export function checkLaunch(options: LaunchOptions, root = '/'): void {
  const controlSocket = DEFAULT_CONTROL_SOCKET;
  const wanted = options.cpus ?? options.cores;
  const cpus = chooseCpus(wanted, allowedCpus(root), devicesOf(options), root);
  if (options.pageSize !== undefined) wantedPageSize('page-size', options.pageSize);
  const decided = { binary: '', controlSocket, logFile: '', hugePages: false, cpus, memoryMiB: 0 };
  switchArguments(decided, options);
}

// DPDK keeps its run-time files under this name: two switches must differ, a restart must not.
function filePrefix(controlSocket: string): string {
  return `vmlane-${createHash('sha256').update(controlSocket).digest('hex').slice(0, 8)}`;
}
