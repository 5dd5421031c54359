import type { RelayStep, RelayWish } from '../../../relays/index.js';
import type { SwitchClient } from '../../../switch/index.js';
import { Failed, InvalidInput, VmlaneError } from '../../../values/errors.js';
import { nearest } from '../../../values/nearest.js';
import { command } from '../../command.js';
import type { Io } from '../../io.js';
import { flag } from '../../options.js';
import { controlSocket, withSwitch } from '../switch/client.js';
import {
  bondOptions,
  deviceOptions,
  givenDevice,
  listenerOption,
  perform,
  socketPath,
  usualSocket,
  vhostPath,
  virtioId,
  wishedDevice,
} from './common.js';

const OPERATIONS = ['add', 'remove', 'add_sock', 'remove_sock', 'query_pci'] as const;
type Operation = (typeof OPERATIONS)[number];

/** `vmlane relay port-control` */
export const relayPortControl = command({
  path: ['relay', 'port-control'],
  summary: "virtio-forwarder's virtioforwarder_port_control, with its options and answers",
  positionals: { OP: { describe: OPERATIONS.join(', '), words: OPERATIONS } },
  options: {
    ...controlSocket,
    ...virtioId,
    ...deviceOptions,
    'vhost-path': vhostPath,
    conditional: flag('What is so already is no error'),
    ...bondOptions,
    ...listenerOption,
  },
  examples: [
    ['relay port-control add --virtio-id 1 --pci-addr 02:08.0', 'status: OK, or ERROR and 1'],
    [
      'relay port-control add --virtio-id 2 --name net_bonding0 --pci-addr 02:08.1 --pci-addr 02:0c.1 --mode 4',
      'a bond of two VFs',
    ],
    ['relay port-control remove --virtio-id 1 --pci-addr 02:08.0', 'the same for what is to go'],
    [
      'relay port-control add_sock --vhost-path /run/vmlane/guests/web1/0.sock --pci-addr 02:08.0',
      'device and socket in the first idle relay',
    ],
    [
      'relay port-control query_pci --vhost-path /run/vmlane/guests/web1/0.sock',
      'also pci_addr: 0000:02:08.0',
    ],
  ],
  async run(values, io) {
    const operation = operationOf(values.OP);
    const isMade = operation === 'add' || operation === 'add_sock';
    // What is there is known by a bond's name alone, too.
    const { device, port } = isMade
      ? wishedDevice(values)
      : { device: givenDevice(values), port: values.name };
    const path = values['vhost-path'];
    if (path !== undefined) socketPath('--vhost-path', path);
    const { 'virtio-id': number, listener, conditional } = values;
    const request = {
      ...{ name: number === undefined ? undefined : String(number), device, port, path },
      ...{ listener, conditional },
    };
    mustBeWhole(operation, request);
    try {
      const answer = await withSwitch(values['control-socket'], io, (client) =>
        answerTo(client, operation, request, io),
      );
      io.out(['status: OK', ...answer].map((line) => `${line}\n`).join(''));
      return 0;
    } catch (error) {
      if (!(error instanceof VmlaneError)) throw error;
      io.out('status: ERROR\n');
      // As there, whatever was refused: callers know 0 and 1.
      throw new Failed(error.trouble, { cause: error });
    }
  },
});

type Request = Omit<RelayWish, 'name' | 'lcore'> & { name: string | undefined };

function operationOf(word: string): Operation {
  const found = OPERATIONS.find((one) => one === word);
  if (found) return found;
  const near = nearest(word, OPERATIONS);
  throw new InvalidInput({
    thing: 'vmlane relay port-control',
    problem: `"${word}" is none of ${OPERATIONS.join(', ')}`,
    remedy: near ? `did you mean ${near}?` : "see 'vmlane relay port-control --help'",
  });
}

/** What an operation needs. @throws InvalidInput */
function mustBeWhole(operation: Operation, { name, device, port, path }: Request): void {
  const missing: Readonly<Record<Operation, string | false>> = {
    add: device === undefined && '--pci-addr',
    remove: (name ?? device ?? port) === undefined && '--virtio-id or --pci-addr',
    add_sock:
      (path === undefined && '--vhost-path') ||
      (name === undefined && device === undefined && '--pci-addr or --virtio-id'),
    remove_sock: path === undefined && '--vhost-path',
    query_pci: path === undefined && '--vhost-path',
  };
  const option = missing[operation];
  if (!option) return;
  const thing = `vmlane relay port-control ${operation}`;
  const remedy = "see 'vmlane relay port-control --help'";
  throw new InvalidInput({ thing, problem: `${option} is missing`, remedy });
}

/** Does it; returns the lines after the status. */
async function answerTo(
  client: SwitchClient,
  operation: Operation,
  request: Request,
  io: Io,
): Promise<string[]> {
  const { behind, relayAt, relaysOf } = await import('../../../relays/index.js');
  if (operation === 'query_pci') {
    const path = request.path ?? '';
    const relay = relayAt(relaysOf(await client.ports()), path);
    const device = behind(relay, path);
    if (device !== null) return [`pci_addr: ${device}`];
    const remedy = "see 'vmlane relay list'";
    const problem = `relay ${relay.name} has no device`;
    throw new Failed({ thing: path, problem, remedy });
  }
  await perform(client, () => stepsOf(client, operation, request), false, io);
  return [];
}

async function stepsOf(
  client: SwitchClient,
  operation: Exclude<Operation, 'query_pci'>,
  request: Request,
): Promise<RelayStep[]> {
  const relays = await import('../../../relays/index.js');
  const ports = await client.ports();
  const present = relays.relaysOf(ports);
  const { device, port, path, conditional } = request;
  const known =
    device === undefined
      ? present.find(({ vf }) => port !== undefined && vf?.name === port)?.name
      : relays.relayWith(present, device)?.name;
  // An address that is attached says which relay is meant; else the first idle one is.
  const name = request.name ?? known;
  if (operation === 'remove_sock') {
    const steps = relays.planSocketRemoval(ports, path ?? '', conditional);
    if ((device ?? port) === undefined || steps.length === 0) return steps;
    // With its device the pair goes that add_sock made.
    const { name: own } = relays.relayAt(present, path ?? '');
    return relays.planRemoval(ports, { name: own, device, port });
  }
  if (operation === 'remove') {
    if (name !== undefined) return relays.planRemoval(ports, { name, device, port, conditional });
    if (conditional) return [];
    const remedy = "'vmlane relay list' lists devices";
    throw new InvalidInput({
      thing: device ?? port ?? '',
      problem: 'no relay has this device',
      remedy,
    });
  }
  if (operation === 'add_sock' && device === undefined) relays.relayOf(present, name ?? '');
  const wished = name ?? relays.idleNumber(ports);
  const socket = path ?? usualSocket(wished);
  return relays.planRelay(ports, [], { ...request, name: wished, path: socket });
}
