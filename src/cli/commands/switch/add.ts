import { LISTENER, PORT_SETTINGS } from '../../../contract/bounds.js';
import { answerDeadlineMs } from '../../../switch/deadline.js';
import type { Added, Port, PortRequest, SwitchClient } from '../../../switch/index.js';
import { absoluteSocketPath, controlSocketPath } from '../../../switch/paths.js';
import { wantedLcore } from '../../../switch/pins.js';
import { undoneAfter } from '../../../switch/register.js';
import { checkVirtioUserPath, virtioUserWords } from '../../../switch/virtio-user.js';
import { InvalidInput } from '../../../values/errors.js';
import { USUAL_LISTENER } from '../../../values/guest-socket.js';
import { TAP_MTU } from '../../../values/tap-mtu.js';
import { command } from '../../command.js';
import { type Io, say } from '../../io.js';
import { choice, flag, integer, json, text, texts } from '../../options.js';
import { printJson } from '../../output.js';
import { controlSocket, withPort, withSwitch } from './client.js';
import { endOf } from './ports.js';
import { portsOf } from './ports-file.js';
import { named, pinOption, portOptions, portSettings } from './settings.js';

const ofPort = {
  path: text('path', 'vhost-user socket of the port', 'file'),
  listener: choice(
    'listener',
    LISTENER.values,
    `${PORT_SETTINGS.listener.describe} [default: ${USUAL_LISTENER}]`,
  ),
  ...portOptions,
} as const;

/** What makes the port an interface of the host. */
const ofHost = {
  host: flag('The port is an interface of this host, a tap; it comes back after a boot'),
  interface: text('interface', "With --host or --nic: the interface's name [default: NAME]"),
  address: texts('With --host: its address, such as 192.0.2.1/24; may be repeated'),
  mtu: integer('mtu', TAP_MTU.min, TAP_MTU.max, 'With --host: its MTU in bytes [default: 1500]'),
  bridge: text('bridge', 'With --host: the Linux bridge that it is put into', 'interface'),
  nic: text(
    'nic',
    "The port is a network card of this host's kernel, which nothing else needs",
    'interface',
  ),
} as const;

/** What makes the port a device. */
const ofDevice = {
  device: text('device', 'The port is a DPDK device, such as net_ring0; see native/README.md'),
} as const;

/** `vmlane switch add` */
export const switchAdd = command({
  path: ['switch', 'add'],
  summary: 'Add a port, or many from a file; their guests may come later',
  positionals: {},
  optional: { NAME: { describe: "the port's name: 1 to 63 of A-Z a-z 0-9 . _ : -" } },
  options: {
    ...controlSocket,
    ...ofPort,
    ...ofHost,
    ...ofDevice,
    ...pinOption,
    'virtio-user': flag(
      'Also print the EAL words with which a DPDK program, in a container say, is the guest',
    ),
    from: text(
      'from',
      'Instead of NAME: a list of ports in YAML or JSON, - is standard input',
      'file',
    ),
    'dry-run': flag('With --host or --nic: print what would be done to the host, change nothing'),
    json,
  },
  examples: [
    ['switch add web1.0 --path /run/vmlane/guests/web1/0.sock', 'the switch listens, QEMU dials'],
    ['switch add web1.0 --path /run/vmlane/guests/web1/0.sock --vlan 100', 'a port in VLAN 100'],
    ['switch add web1.0 --path /run/vmlane/guests/web1/0.sock --pin 3', 'processor 3 polls it'],
    ['switch add old --path /srv/old/net.sock --listener qemu', 'for a QEMU that listens'],
    ['switch add host0 --host --address 192.0.2.1/24', 'this host is reachable for guests'],
    ['switch add lan0 --host --bridge br0', 'guests are on the LAN that br0 is on'],
    ['switch add up0 --nic eno2 --vlan-mode trunk', 'guests are in the VLANs of the wire'],
    [
      'switch add fw.0 --path /run/vmlane/guests/fw/0.sock --vlan-mode trunk --trunks 10,20-29',
      'its guest sees tags of these VLANs',
    ],
    [
      'switch add c1 --path /run/vmlane/guests/c1/0.sock --virtio-user',
      'for a container; prints what its DPDK program is to be told',
    ],
    [
      'switch add peer --device net_memif0,role=server,socket=/run/vmlane/switch/peer.sock,socket-abstract=no',
      'another DPDK program of root or of the switch’s user',
    ],
    ['switch add --from ports.yaml', 'all ports of a list, or none when one is refused'],
    ['switch add --from - < ports.jsonl', 'one {"name": …, "path": …, "vlan": …} a line'],
  ],
  async run({ NAME, from, ...values }, io) {
    if (from !== undefined) return addMany(from, { NAME, ...values }, io);
    if (NAME === undefined) throw usage('NAME is missing');
    if (values.host || values.nic !== undefined) return addHost(NAME, values, io);
    if (values.device !== undefined) return addDevice(NAME, values.device, values, io);
    const [stray] = Object.keys(named(values, HOST_ONLY));
    if (stray !== undefined) throw meaningless(`--${stray.replaceAll('_', '-')}`, 'without --host');
    const { path } = values;
    if (path === undefined) throw usage('neither --path, --host, --nic nor --device is given');
    if (values['virtio-user']) checkVirtioUserPath(path);
    const request: PortRequest = {
      ...{ name: NAME, path: absoluteSocketPath(path) },
      listener: values.listener ?? USUAL_LISTENER,
      ...portSettings(values),
    };
    const added = await add(request, values, io);
    const words = values['virtio-user'] ? virtioUserWords(added.port) : undefined;
    return tellAdded(added, values.json, io, words);
  },
});

function add(request: PortRequest, values: Values, io: Io): Promise<Added> {
  return withSwitch(values['control-socket'], io, (client) =>
    withPort(client, undefined, () => pinned(client, values, () => client.addPort(request))),
  );
}

/** Adds a port that --pin gives to a processor: one that the switch has not leaves nothing behind. */
async function pinned(
  client: SwitchClient,
  { pin }: Values,
  addPort: () => Promise<Added>,
): Promise<Added> {
  const lcore = await wantedLcore({ pin }, () => client.info());
  const added = await addPort();
  if (lcore === undefined) return added;
  const { name } = added.port;
  const set = client.setPort({ name, lcore });
  const { changed, port } = await set.catch(async (error: unknown) => {
    if (!added.changed) throw error;
    throw await undoneAfter(error, async () => {
      await client.removePort(name);
    });
  });
  return { changed: added.changed || changed, port };
}

function tellAdded(
  added: Added,
  asJson: boolean | undefined,
  io: Io,
  virtioUser?: readonly string[],
): number {
  const { changed, port } = added;
  say(io, `port ${port.name} ${changed ? 'added' : 'is already'} ${place(port)}`);
  if (asJson)
    printJson(io, { ...plain(added), ...(virtioUser && { virtio_user: [...virtioUser] }) });
  else if (virtioUser) io.out(`${virtioUser.join(' ')}\n`);
  return 0;
}

const HOST_ONLY = [...Object.keys(ofHost), 'dry-run'];
const SOCKET_ONLY = ['virtio-user'];

function meaningless(thing: string, where: string): InvalidInput {
  const remedy = "see 'vmlane switch add --help'";
  return new InvalidInput({ thing, problem: `has no meaning ${where}`, remedy });
}

type HostValues = Values & {
  host?: boolean | undefined;
  nic?: string | undefined;
  device?: string | undefined;
  interface?: string | undefined;
  address?: readonly (string | number)[] | undefined;
  mtu?: number | undefined;
  bridge?: string | undefined;
  'dry-run'?: boolean | undefined;
  'virtio-user'?: boolean | undefined;
};

async function addDevice(
  name: string,
  device: string,
  values: HostValues,
  io: Io,
): Promise<number> {
  const [stray] = Object.keys(named(values, [...NO_DEVICE, ...HOST_ONLY, ...SOCKET_ONLY]));
  if (stray !== undefined) throw meaningless(`--${stray.replaceAll('_', '-')}`, 'with --device');
  const request: PortRequest = { name, path: '', device, ...portSettings(values) };
  return tellAdded(await add(request, values, io), values.json, io);
}

const NO_DEVICE = ['path', 'listener', 'peer-label'];

/** Options of --host that a card has no use for: it has no addresses then, and its own MTU. */
const OF_TAP = ['host', 'address', 'mtu', 'bridge'] as const;

async function addHost(NAME: string, values: HostValues, io: Io): Promise<number> {
  const { nic } = values;
  // Its settings are kept by name, and the processor is the switch's to keep.
  const excluded = ['path', 'listener', 'peer-label', 'device', 'pin', 'virtio-user'] as const;
  for (const option of nic === undefined ? excluded : ([...excluded, ...OF_TAP] as const))
    if (values[option] !== undefined)
      throw meaningless(`--${option}`, nic === undefined ? 'with --host' : 'with --nic');
  const { addHostPort, commandOf, inNetworkTurn, planHostPort, planNicPort } = await import(
    '../../../networks/index.js'
  );
  const socket = controlSocketPath(values['control-socket'], io.env);
  return withSwitch(socket, io, (client) =>
    withPort(client, undefined, async () => {
      const settings = portSettings(values);
      const plan = () =>
        nic === undefined
          ? planHostPort(client, socket, {
              ...{ name: NAME, interface: values.interface, mtu: values.mtu },
              ...{ bridge: values.bridge, addresses: values.address?.map(String) },
              ...settings,
            })
          : planNicPort(client, socket, {
              ...{ name: NAME, nic, interface: values.interface ?? NAME, ...settings },
            });
      if (values['dry-run']) {
        const commands = (await plan()).steps.map(commandOf);
        if (values.json) printJson(io, { changed: false, commands });
        else for (const command of commands) io.out(`${command}\n`);
        return 0;
      }
      const addAll = async (signal: AbortSignal) => addHostPort(client, await plan(), signal);
      const { changed, port } = await inNetworkTurn(() => io.held(addAll));
      return tellAdded({ changed, port }, values.json, io);
    }),
  );
}

type Values = { [name in keyof typeof ofPort]?: unknown } & {
  pin?: string | undefined;
  NAME?: string | undefined;
  'control-socket'?: string | undefined;
  json?: boolean | undefined;
};

/** Time limit for an answer; the switch may make other ports first. */
const MANY_DEADLINE_MS = 30_000;

async function addMany(file: string, values: Values, io: Io): Promise<number> {
  const others = [...Object.keys({ ...ofPort, ...ofDevice }), 'pin', ...HOST_ONLY, ...SOCKET_ONLY];
  const [stray] = Object.keys(named(values, others));
  if (values.NAME !== undefined || stray !== undefined) {
    const problem = `has no meaning with ${values.NAME ?? `--${stray?.replaceAll('_', '-')}`}`;
    throw new InvalidInput({ thing: '--from', problem, remedy: 'name ports in the file only' });
  }
  const requests = await portsOf(file, ofPort, io);
  const { addPorts } = await import('../../../switch/index.js');
  const signal = io.interrupted();
  const done = await withSwitch(
    values['control-socket'],
    io,
    (client) => addPorts(client, requests, signal),
    answerDeadlineMs(io.env, MANY_DEADLINE_MS),
  );
  const added = done.filter(({ changed }) => changed).length;
  say(io, `${count(added)} added, ${done.length - added} unchanged`);
  if (values.json) printJson(io, { changed: added > 0, ports: done.map(plain) });
  return 0;
}

function plain({ changed, port }: Added) {
  return { changed, ...port };
}

function count(ports: number): string {
  return ports === 1 ? '1 port' : `${ports} ports`;
}

function place(port: Port): string {
  const { path, listener, vlan } = port;
  const end = vlan === 0 ? '' : `, VLAN ${vlan}`;
  return path === '' ? `as ${endOf(port)}${end}` : `at ${path} (listener ${listener}${end})`;
}

function usage(problem: string): InvalidInput {
  const remedy = "see 'vmlane switch add --help'";
  return new InvalidInput({ thing: 'vmlane switch add', problem, remedy });
}
