import { PORT_NAME } from '../../../contract/bounds.js';
import {
  type LaunchOptions,
  type LaunchPlan,
  launchSettings,
  type PortRequest,
  planLaunch,
  runInForeground,
  SWITCH_USER,
  startSwitch,
} from '../../../switch/index.js';
import { controlSocketPath, earlierState, filesBeside } from '../../../switch/paths.js';
import { accountId } from '../../../system/accounts/table.js';
import { lookAt } from '../../../system/look/index.js';
import { errorText, InvalidInput } from '../../../values/errors.js';
import { shellWords } from '../../../values/shell.js';
import { command } from '../../command.js';
import { type Io, say } from '../../io.js';
import { flag, integer, integers, json, text, texts } from '../../options.js';
import { printJson } from '../../output.js';
import { controlSocket, withSwitch } from './client.js';
import { switchOptions, switchSettings } from './settings.js';

/** `vmlane switch start` */
export const switchStart = command({
  path: ['switch', 'start'],
  summary: 'Start the switch and wait until it answers',
  positionals: {},
  options: {
    ...controlSocket,
    cpus: integers(
      'cpus',
      0,
      1023,
      'Processors that forward, as in 2,3 or 2-5 [default: the last one allowed]',
    ),
    memory: integer(
      'memory',
      64,
      1_048_576,
      'Memory of the switch in MiB [default: 128; with devices 512]',
    ),
    uplink: text('uplink', 'Device with a tag per guest: a PCI address, or such as net_tap0'),
    device: texts('Port that is a device, as NAME=0000:3b:00.0; may be repeated'),
    buffers: integer('buffers', 1, 16_777_216, 'Frames that a device may hold, at least'),
    promiscuous: flag('From the uplink, what is for everybody or nobody known reaches guests'),
    vm2vm: integer(
      'vm2vm',
      0,
      2,
      'Guest to guest: 0 by the uplink, 1 here, 2 in the NIC [default: 1]',
    ),
    'vlan-strip': integer('vlan-strip', 0, 1, "0: guests see the uplink's tags [default: 1]"),
    mergeable: flag('Offer mergeable receive buffers, large frames and MTU'),
    'tx-csum': flag('Offer guests checksum offload'),
    tso: flag('Offer guests TCP segmentation offload, too; implies --tx-csum'),
    'no-huge': flag('Ordinary pages, even when enough huge pages are free'),
    'look-group': texts('Let this group look; may be repeated, as may the next two'),
    'change-group': texts('Let this group add, change and remove ports, too'),
    'admin-group': texts('Let this group do everything that root may'),
    'socket-file': texts('vhost-user socket to open a port on; may be repeated'),
    client: flag('QEMU listens on the socket files; the switch dials'),
    ...switchOptions,
    'state-file': text(
      'state-file',
      'Keeps ports over a restart [default: in a folder beside the socket, named after it]',
    ),
    user: text(
      'user',
      'Account that the switch becomes; root: it stays root [default: vmlane where the host has it]',
    ),
    group: text('group', "Group that the switch becomes [default: its user's]"),
    folder: texts(
      'folder below which sockets and mirrors may be made later, beside those of the options here; may be repeated',
    ),
    foreground: flag('Stay attached, log to the terminal, end with its exit code'),
    'dry-run': flag('Print the command line, start nothing'),
    json,
  },
  examples: [
    ['switch start', 'start on the default control socket'],
    ['switch start --cpus 2-3 --memory 512', 'forward on processors 2 and 3'],
    ['switch start --uplink 0000:3b:00.0 --promiscuous', 'with a NIC'],
    ['switch start --device up0=net_af_packet0,iface=eno2', 'a network card of the kernel'],
    ['switch start --idle-sleep 100', 'on a laptop: rest when idle'],
    ['switch start --change-group netops', 'not only root may change ports'],
    ['switch start --dry-run', 'show what would run'],
  ],
  async run(values, io) {
    const plan = await planLaunch(launchOptions(values, io.env), io.env);
    if (values['dry-run']) return show(plan, values.json, io);
    if (!plan.hugePages && !values['no-huge']) {
      say(io, `fewer than ${plan.memoryMiB} MiB of huge pages are free: ordinary pages are used`);
    }
    const earlier =
      values['state-file'] === undefined ? earlierState(plan.controlSocket) : undefined;
    if (earlier !== undefined) {
      const to = shellWords([earlier, filesBeside(plan.controlSocket).state]);
      // Its folder is there by then, with a mode that install -D would not give it.
      const how = `stop the switch, then: install -m 600 ${to}`;
      say(io, `${earlier} is not read; to take its ports over, ${how}`);
    }
    const staysRoot = plan.user === undefined && values.user === undefined && isRoot();
    const requests = await restoreHost(plan, io);
    const addHostPorts = () => restoreHostPorts(plan, requests, io);
    if (values.foreground) {
      if (staysRoot) say(io, STAYS_ROOT);
      return runInForeground(plan, requests.length > 0 ? addHostPorts : undefined);
    }
    const { changed, hello } = await startSwitch(plan, {
      progress: (line) => say(io, line),
      signal: io.interrupted(),
    });
    if (changed) await addHostPorts();
    if (staysRoot && changed) say(io, STAYS_ROOT);
    say(io, `switch ${changed ? 'started' : 'is already running'} (pid ${hello.pid})`);
    if (values.json) {
      const { controlSocket: socket, logFile } = plan;
      printJson(io, { changed, control_socket: socket, log_file: logFile, ...hello });
    }
    return 0;
  },
});

/** Interfaces that are ports come back before the switch. What keeps them away must not keep guests off. */
async function restoreHost(plan: LaunchPlan, io: Io): Promise<PortRequest[]> {
  if (!isRoot()) return [];
  const { inNetworkTurn, restoreInterfaces } = await import('../../../networks/index.js');
  const uid = plan.user === undefined ? 0 : (accountId(lookAt('/'), 'user', plan.user) ?? 0);
  const { made, late, failed, requests } = await inNetworkTurn(() =>
    restoreInterfaces(plan.controlSocket, uid),
  );
  for (const name of made) say(io, `interface ${name} made anew`);
  for (const name of late) say(io, `interface ${name}: its bridge is not there yet`);
  for (const { message } of failed) say(io, `${message}; the switch starts without it`);
  return requests;
}

/** After a boot a switch has no ports. */
async function restoreHostPorts(plan: LaunchPlan, requests: PortRequest[], io: Io): Promise<void> {
  if (requests.length === 0) return;
  const { restorePorts } = await import('../../../networks/index.js');
  try {
    const failed = await withSwitch(plan.controlSocket, io, (client) =>
      restorePorts(client, requests),
    );
    for (const { message } of failed) say(io, message);
  } catch (error) {
    // The switch has just answered, and guests need it, whatever this is.
    say(io, `ports of this host: ${errorText(error)}`);
  }
}

const STAYS_ROOT = `the switch stays root, as there is no account ${SWITCH_USER}; make it: 'vmlane host setup --sockets'`;

function isRoot(): boolean {
  return process.getuid?.() === 0;
}

type StartValues = { [K in keyof typeof switchOptions]?: number | undefined } & {
  'control-socket'?: string | undefined;
  'state-file'?: string | undefined;
  'socket-file'?: readonly (string | number)[] | undefined;
  'look-group'?: readonly (string | number)[] | undefined;
  'change-group'?: readonly (string | number)[] | undefined;
  'admin-group'?: readonly (string | number)[] | undefined;
  'no-huge'?: boolean | undefined;
  'tx-csum'?: boolean | undefined;
  user?: string | undefined;
  folder?: readonly (string | number)[] | undefined;
  cpus?: number[] | undefined;
  memory?: number | undefined;
  uplink?: string | undefined;
  device?: readonly (string | number)[] | undefined;
  buffers?: number | undefined;
  client?: boolean | undefined;
  mergeable?: boolean | undefined;
  vm2vm?: number | undefined;
  'vlan-strip'?: number | undefined;
  group?: string | undefined;
  promiscuous?: boolean | undefined;
  tso?: boolean | undefined;
};

/** The command's options as planLaunch takes them. @throws InvalidInput for a socket that cannot be */
export function launchOptions(values: StartValues, env: NodeJS.ProcessEnv): LaunchOptions {
  return {
    controlSocket: controlSocketPath(values['control-socket'], env),
    cpus: values.cpus,
    memoryMiB: values.memory,
    hugePages: values['no-huge'] ? false : undefined,
    socketFiles: values['socket-file']?.map(String),
    lookGroups: values['look-group']?.map(String),
    changeGroups: values['change-group']?.map(String),
    adminGroups: values['admin-group']?.map(String),
    client: values.client,
    ...launchSettings(switchSettings(values)),
    stateFile: values['state-file'],
    user: values.user,
    folders: values.folder?.map(String),
    uplink: values.uplink,
    devices: values.device?.map((one) => namedDevice(String(one))),
    buffers: values.buffers,
    promiscuous: values.promiscuous,
    mergeable: values.mergeable,
    vm2vm: values.vm2vm,
    vlanStrip: values['vlan-strip'] === undefined ? undefined : values['vlan-strip'] === 1,
    group: values.group,
    txCsum: values['tx-csum'],
    tso: values.tso,
  };
}

function namedDevice(text: string): { name: string; device: string } {
  const [, name, device] = /^([^=]+)=(.+)$/.exec(text) ?? [];
  if (name !== undefined && PORT_NAME.pattern.test(name) && device !== undefined)
    return { name, device };
  throw new InvalidInput({
    thing: `--device ${text}`,
    problem: "is not a port's name and a device",
    remedy: 'write NAME=DEVICE, as up0=0000:3b:00.0',
  });
}

function show(plan: LaunchPlan, asJson: boolean | undefined, io: Io): number {
  if (asJson) printJson(io, { argv: [plan.binary, ...plan.args], log_file: plan.logFile });
  else io.out(`${shellWords([plan.binary, ...plan.args])}\n`);
  return 0;
}
