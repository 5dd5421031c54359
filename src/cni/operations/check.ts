import { setTimeout as sleep } from 'node:timers/promises';
import { plainAddress, readInterfaces } from '../../networks/index.js';
import type { Port, SwitchClient } from '../../switch/index.js';
import type { Config } from '../call/config.js';
import { CniError, CODE } from '../call/error.js';
import { namesOf, socketFolderOf, socketIn } from '../call/names.js';
import { type Result, readResult } from '../call/result.js';
import { type Delegation, delegate } from '../parts/ipam.js';
import { hasRoute, interfaceIn, mustBeNetwork } from '../parts/netns.js';
import { portNamed, vlanOf, withSwitch } from '../parts/switch.js';
import type { Present } from './add.js';

/** CHECK: all that ADD's result says is so still. @throws CniError, InvalidInput, Failed */
export async function check(
  config: Config,
  subject: Present,
  delegation: Delegation,
): Promise<void> {
  const { netns, inside } = subject;
  if (config.prevResult === undefined || config.prevResult === null)
    throw new CniError(CODE.config, {
      ...{ thing: 'prevResult', problem: 'is missing' },
      remedy: 'a runtime gives the result of ADD',
    });
  const before = readResult(config.prevResult, 'prevResult');
  mustBeNetwork(netns);
  const at = before.interfaces.findIndex((one) => one.name === inside && one.sandbox === netns);
  const own = before.interfaces[at];
  if (!own) throw wrong(inside, 'is not in prevResult');
  await checkPort(config, subject, own.mac);
  if (config.mode === 'interface') {
    await checkInterface(config, subject, own.mac);
    await checkAddresses(subject, before, at);
  }
  await delegate(config.ipam, 'CHECK', delegation);
}

async function checkPort(config: Config, subject: Present, mac: string | undefined): Promise<void> {
  const { port: name, tap } = namesOf(config.name, subject);
  const vlan = vlanOf(config);
  const port = await withSwitch(config, CODE.tryLater, (client) =>
    config.mode === 'interface' ? settled(client, name) : portNamed(client, name),
  );
  const thing = `port ${name}`;
  if (!port) throw wrong(thing, 'the switch does not have it');
  // Of which a later plugin has given the interface another: nothing that it sends would pass.
  if (mac !== undefined && port.mac !== mac.toLowerCase() && port.other_macs !== 1)
    throw wrong(thing, `its MAC is ${port.mac}, and not ${mac}`);
  if (port.vlan !== vlan) throw wrong(thing, `is in VLAN ${port.vlan}, and not in ${vlan}`);
  for (const key of ['inbound', 'inbound_burst', 'outbound', 'outbound_burst'] as const) {
    const wanted = config.limits[key] ?? 0;
    if (port[key] !== wanted) throw wrong(thing, `its ${key} is ${port[key]}, and not ${wanted}`);
  }
  if (config.mode === 'virtio-user') {
    const path = socketIn(socketFolderOf(config.socketFolder, subject));
    if (port.path !== path) throw wrong(thing, `its socket is not ${path}`);
  } else if (port.interface !== tap) throw wrong(thing, `its interface is not ${tap}`);
  else if (port.state !== 'up') throw wrong(thing, 'the switch does not have its interface');
}

/** A switch that has just started takes interfaces within a second. */
const SETTLE_MS = 2000;
const LOOK_MS = 200;

async function settled(client: SwitchClient, name: string): Promise<Port | undefined> {
  for (const end = Date.now() + SETTLE_MS; ; await sleep(LOOK_MS)) {
    const port = await portNamed(client, name);
    if (port?.state !== 'waiting' || Date.now() > end) return port;
  }
}

async function checkInterface(
  config: Config,
  subject: Present,
  mac: string | undefined,
): Promise<void> {
  const { netns, inside } = subject;
  const found = await interfaceIn(netns, inside);
  if (!found) throw wrong(inside, 'is not in the container');
  if (mac !== undefined && found.mac !== mac.toLowerCase())
    throw wrong(inside, `its MAC is ${found.mac}, and not ${mac}`);
  const { near } = namesOf(config.name, subject);
  const room = (await readInterfaces()).find(({ name }) => name === near)?.mtu;
  if (room === undefined) throw wrong(near, 'is not on the host');
  // A later plugin may have lowered it.
  if (found.mtu > room) throw wrong(inside, `its MTU is ${found.mtu}, and ${room} on the host`);
  if (!found.isUp) throw wrong(inside, 'is down');
}

/** Those of this interface: later plugins may have added others. */
async function checkAddresses(
  { netns, inside }: Present,
  { ips, routes }: Result,
  at: number,
): Promise<void> {
  const has = (await interfaceIn(netns, inside))?.addresses ?? [];
  const own = ips.filter((ip) => ip.interface === at);
  const missing = own.find(({ address }) => !has.includes(plainAddress(address)));
  if (missing) throw wrong(inside, `does not have the address ${missing.address}`);
  for (const route of own.length > 0 ? routes : [])
    if (!(await hasRoute(netns, route))) throw wrong(inside, `there is no route to ${route.dst}`);
}

function wrong(thing: string, problem: string): CniError {
  return new CniError(CODE.wrong, { thing, problem, remedy: 'start the container anew' });
}
