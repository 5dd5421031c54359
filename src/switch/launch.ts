import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';
import { hugePagesHold } from '../system/memory/pages.js';
import { allowedCpus } from '../system/os/cpus.js';
import { InvalidInput } from '../values/errors.js';
import { pciAddress } from '../values/pci.js';
import { absoluteSocketPath, DEFAULT_CONTROL_SOCKET, findBinary } from './paths.js';

/** What may be said of a switch that is to be started; all of it has defaults. */
export interface LaunchOptions {
  /** Path of the program; found when absent (see findBinary). */
  binary?: string | undefined;
  controlSocket?: string | undefined;
  /** Where ports are kept over a restart; ports.json beside the control socket unless said. */
  stateFile?: string | undefined;
  /** vhost-user sockets, one port each. */
  socketFiles?: string[] | undefined;
  /** The socket files are dialled (QEMU listens) and not made. */
  client?: boolean | undefined;
  /** Seconds after which a silent address is forgotten. */
  ageing?: number | undefined;
  /** Microseconds to sleep when there is nothing to forward; 0: poll. */
  idleSleep?: number | undefined;
  /** Offer guests receive buffers that may be merged. */
  mergeable?: boolean | undefined;
  /** Offer guests checksum offload. */
  txCsum?: boolean | undefined;
  /** Offer TCP segmentation offload, too; implies txCsum. */
  tso?: boolean | undefined;
  /** Seconds between tables of counters in the log; 0: none. */
  stats?: number | undefined;
  /** PCI address of a NIC that is bound to vfio-pci, or a DPDK device as EAL's --vdev has it. */
  uplink?: string | undefined;
  /** Broadcast and multicast from the uplink reach guests. */
  promiscuous?: boolean | undefined;
  /** Processors that forward; the highest allowed one unless said. */
  cores?: readonly number[] | undefined;
  /** Memory of the switch in MiB; unless said 128, with an uplink 512: a NIC has many buffers. */
  memoryMiB?: number | undefined;
  /** false: ordinary pages. Otherwise huge pages where enough are free. */
  hugePages?: boolean | undefined;
}

/** Everything that is needed to start the switch, and what was decided on the way. */
export interface LaunchPlan {
  binary: string;
  args: string[];
  controlSocket: string;
  logFile: string;
  hugePages: boolean;
  cores: readonly number[];
  memoryMiB: number;
}

type Decided = Omit<LaunchPlan, 'args'>;

/**
 * The switch's argument vector, without the program: arguments of DPDK's EAL, `--`, its own.
 * Every EAL lcore forwards and control has a thread of its own, so one processor is enough.
 */
export function switchArguments(plan: Decided, options: LaunchOptions = {}): string[] {
  const eal = [
    '--lcores',
    plan.cores.map((processor, lcore) => `${lcore}@${processor}`).join(','),
    ...uplinkArguments(options.uplink),
    // DPDK refuses the two together. Either way nothing of the switch's memory is left in files.
    ...(plan.hugePages ? ['--in-memory'] : ['--no-huge', '--no-shconf']),
    '-m',
    String(plan.memoryMiB),
    '--file-prefix',
    filePrefix(plan.controlSocket),
  ];
  const stateFile = absoluteSocketPath(
    options.stateFile ?? join(dirname(plan.controlSocket), 'ports.json'),
  );
  const own = ['--control-socket', plan.controlSocket, '--state-file', stateFile];
  for (const path of options.socketFiles ?? []) own.push('--socket-file', absoluteSocketPath(path));
  if (options.uplink !== undefined) own.push('-p', '1');
  if (options.promiscuous) own.push('-P');
  if (options.client) own.push('--client');
  if (options.ageing !== undefined) own.push('--ageing', String(options.ageing));
  if (options.idleSleep !== undefined) own.push('--idle-sleep', String(options.idleSleep));
  if (options.mergeable !== undefined) own.push('--mergeable', options.mergeable ? '1' : '0');
  if (options.txCsum !== undefined) own.push('--tx-csum', options.txCsum ? '1' : '0');
  if (options.tso !== undefined) own.push('--tso', options.tso ? '1' : '0');
  if (options.stats !== undefined) own.push('--stats', String(options.stats));
  return [...eal, '--', ...own];
}

/**
 * Decides what was left open, reading the host below `root`; changes nothing. Throws
 * InvalidInput for what cannot be, Failed when there is no program.
 */
export async function planLaunch(
  options: LaunchOptions = {},
  env: NodeJS.ProcessEnv = process.env,
  root = '/',
): Promise<LaunchPlan> {
  const controlSocket = absoluteSocketPath(options.controlSocket ?? DEFAULT_CONTROL_SOCKET);
  const memoryMiB = options.memoryMiB ?? (options.uplink === undefined ? 128 : 512);
  const plan = {
    binary: await findBinary(options.binary, env),
    controlSocket,
    logFile: join(dirname(controlSocket), 'switch.log'),
    hugePages: options.hugePages !== false && hugePagesHold(memoryMiB, root),
    cores: chooseCores(options.cores, allowedCpus(root)),
    memoryMiB,
  };
  return { ...plan, args: switchArguments(plan, options) };
}

const VIRTUAL_DEVICE = /^[a-z][a-z0-9_]*\d+(,[\x21-\x7e]+)?$/;

/** The EAL's arguments for the one device that leads out; without one it looks for none. */
function uplinkArguments(uplink: string | undefined): string[] {
  if (uplink === undefined) return ['--no-pci'];
  const address = pciAddress(uplink);
  if (address !== undefined) return ['-a', address];
  if (VIRTUAL_DEVICE.test(uplink)) return ['--no-pci', '--vdev', uplink];
  throw new InvalidInput({
    thing: `uplink ${uplink}`,
    problem: 'neither a PCI address nor a DPDK device',
    remedy: 'give an address such as 0000:3b:00.0, or a device such as net_tap0,iface=up0',
  });
}

// The last processor, since interrupts and everything else gather on the first.
function chooseCores(wanted: readonly number[] | undefined, allowed: number[]): readonly number[] {
  if (wanted === undefined) return [allowed.at(-1) ?? 0];
  const barred = wanted.find((core) => allowed.length > 0 && !allowed.includes(core));
  if (barred !== undefined) {
    throw new InvalidInput({
      thing: `core ${barred}`,
      problem: 'this process may not run there',
      remedy: `choose among ${allowed.join(', ')}`,
    });
  }
  return wanted;
}

// DPDK keeps its run-time files under this name: two switches must differ, a restart must not.
function filePrefix(controlSocket: string): string {
  return `vmlane-${createHash('sha256').update(controlSocket).digest('hex').slice(0, 8)}`;
}
