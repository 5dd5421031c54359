import type { PortRequest } from '../../contract/types.js';
import { ownerOf } from '../../networks/index.js';
import type { SwitchClient } from '../../switch/index.js';
import { errorText, InvalidInput } from '../../values/errors.js';
import type { Config } from '../call/config.js';
import type { Subject } from '../call/environment.js';
import { asCniError, CniError, CODE } from '../call/error.js';
import { checkSocket, type Names, namesOf, socketFolderOf, socketIn } from '../call/names.js';
import { joined, type Result, type ResultInterface, readResult } from '../call/result.js';
import { type Delegation, delegate } from '../parts/ipam.js';
import { configure, interfaceIn, mustBeNetwork } from '../parts/netns.js';
import { hasPair, makePair } from '../parts/pair.js';
import { hasSocketFolder, makeSocketFolder } from '../parts/socket.js';
import { portNamed, vlanOf, wantedMtu, withSwitch } from '../parts/switch.js';
import { removeAttachment } from './remove.js';

/** A call's subject whose namespace is known. */
export type Present = Subject & { netns: string };

/** ADD: all of it, or nothing. @throws CniError, InvalidInput, Failed */
export async function add(
  config: Config,
  subject: Present,
  delegation: Delegation,
): Promise<Result> {
  const before = readResult(config.prevResult, 'prevResult');
  mustBeNetwork(subject.netns);
  mustBeFree(before, subject);
  return withSwitch(config, CODE.tryLater, async (client) => {
    const vlan = vlanOf(config);
    const mtu = await wantedMtu(client, config);
    const names = namesOf(config.name, subject);
    await mustBeNew(client, config, subject, names);
    const undo = [
      () => delegate(config.ipam, 'DEL', delegation),
      // Last, as it is by this that the next call sees that there may be an address.
      () => removeAttachment(client, config, subject),
    ];
    // Of a call that did not come to its end. A plugin such as host-local gives no second address.
    if (await isBegun(client, config, subject, names)) for (const step of undo) await step();
    try {
      const mac = subject.mac ?? config.mac ?? names.mac;
      const wanted = { names, mtu, request: { ...config.limits, vlan, mac } };
      const attach = config.mode === 'interface' ? attachInterface : attachSocket;
      const interfaces = await attach(client, config, subject, wanted);
      const given = await delegate(config.ipam, 'ADD', delegation);
      if (config.mode === 'interface') await configure(subject.netns, subject.inside, given);
      const dns = Object.keys(given.dns).length > 0 ? given.dns : (config.dns ?? {});
      const own = given.ips.map((ip) => ({ ...ip, interface: interfaces.length - 1 }));
      return joined(before, { ...given, interfaces, ips: own, dns });
    } catch (error) {
      throw await takenBack(error, undo);
    }
  });
}

interface Wanted {
  names: Names;
  mtu: number;
  request: Omit<PortRequest, 'name' | 'path'> & { mac: string };
}

/** The interfaces of the result; the container's is the last. */
async function attachInterface(
  client: SwitchClient,
  _: Config,
  { netns, inside }: Present,
  { names, mtu, request }: Wanted,
): Promise<ResultInterface[]> {
  const { mac } = request;
  await makePair(names, { netns, ifname: inside, mac, mtu }, ownerOf(client).uid);
  // Its link may go up before it has its address, which may be another port's.
  await client.addPort({ ...request, name: names.port, path: '', interface: names.tap });
  return [
    { name: names.near, mtu },
    { name: inside, mac, mtu, sandbox: netns },
  ];
}

async function attachSocket(
  client: SwitchClient,
  { gid, socketFolder }: Config,
  subject: Present,
  { names, request }: Wanted,
): Promise<ResultInterface[]> {
  const folder = socketFolderOf(socketFolder, subject);
  const path = socketIn(folder);
  checkSocket(path);
  makeSocketFolder(folder, { uid: ownerOf(client).uid, gid });
  await client.addPort({ ...request, name: names.port, path, listener: 'switch' });
  const { inside, netns } = subject;
  return [{ name: inside, mac: request.mac, sandbox: netns, socketPath: path }];
}

/**
 * Of two of one name in a result nobody could say which is meant: Debian's bridge takes ours for its own, and its CHECK
 * fails. @throws CniError
 */
function mustBeFree(before: Result, { netns, inside }: Present): void {
  if (!before.interfaces.some(({ name, sandbox }) => name === inside && sandbox === netns)) return;
  throw new CniError(CODE.config, {
    ...{ thing: `interface ${inside}`, problem: 'a plugin before this one has made it' },
    remedy: 'give interfaceName, the name of one beside it',
  });
}

/** @throws CniError if the container has it already: a runtime has to DEL first */
async function mustBeNew(
  client: SwitchClient,
  { mode, socketFolder }: Config,
  subject: Present,
  { port }: Names,
): Promise<void> {
  const { netns, inside } = subject;
  const remedy = 'DEL comes first';
  const exists = (problem: string) =>
    new CniError(CODE.exists, { thing: `interface ${inside}`, problem, remedy });
  if (mode === 'interface' && (await interfaceIn(netns, inside)))
    throw exists('the container has it already');
  if (mode === 'interface') return;
  const ports = await client.ports();
  if (ports.find(({ name }) => name === port)?.state === 'up')
    throw exists(`port ${port} of the switch is in use`);
  const path = socketIn(socketFolderOf(socketFolder, subject));
  const other = ports.find((one) => one.path === path && one.name !== port);
  if (other)
    throw new CniError(CODE.config, {
      ...{
        thing: `interface ${inside}`,
        problem: `its socket would be that of port ${other.name}`,
      },
      remedy: 'two sockets are two networks, not one list',
    });
}

/** Whether an earlier call has left anything on this host or in the switch. */
async function isBegun(
  client: SwitchClient,
  { mode, socketFolder }: Config,
  subject: Present,
  names: Names,
): Promise<boolean> {
  if (await portNamed(client, names.port)) return true;
  if (mode === 'interface') return hasPair(names);
  return hasSocketFolder(socketFolderOf(socketFolder, subject));
}

/** Takes back what was done before an error, all of it even if some fails; returns what to throw. */
async function takenBack(error: unknown, undo: (() => Promise<unknown>)[]): Promise<unknown> {
  const failures: unknown[] = [];
  for (const step of undo) await step().catch((second: unknown) => failures.push(second));
  // A plugin that is not there is missing once.
  const others = failures.map(errorText).filter((text) => text !== errorText(error));
  if (others.length === 0) return error;
  const { code, message, details } = asCniError(
    error,
    error instanceof InvalidInput ? CODE.config : CODE.failed,
  );
  const also = others.join('; ');
  const problem = `${message}, and taking back what was done failed too (${also})`;
  return new CniError(code, { thing: 'ADD', problem, remedy: details });
}
