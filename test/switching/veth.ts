/** Veths, of which one end is a switch's device, and the other a host in a namespace of its own. */
import { execa } from 'execa';
import { PYTHON } from '../../lab/python.js';
import { type Bench, withBench } from './bench.js';
import { ip, makeTap, removeTap, settle, type Tap } from './tap.js';

/** A veth: `near` for the switch, and `far`, a host in a namespace of that name. */
export interface Veth {
  near: string;
  far: Tap;
}

const namespaces: string[] = [];
const nears: string[] = [];
const taps: Tap[] = [];

export async function removeVeths(): Promise<void> {
  for (const name of namespaces.splice(0)) await ip('netns', 'del', name);
  for (const name of nears.splice(0)) await execa('ip', ['link', 'del', name], { reject: false });
  for (const tap of taps.splice(0)) await removeTap(tap);
}

let number = 200;

/** Nobody switches off what its ends leave out. */
export async function makeVeth(): Promise<Veth> {
  number++;
  // At most 15 bytes, and nobody else's.
  const end = `${process.pid}-${number}`;
  const octet = number.toString(16);
  const far = { name: `vf${end}`, address: `10.9.0.${number}`, mac: `02:00:00:09:01:${octet}` };
  const veth = { near: `vd${end}`, far };
  await ip('netns', 'add', far.name);
  namespaces.push(far.name);
  await layVeth(veth);
  return veth;
}

export async function layVeth({ near, far }: Veth): Promise<void> {
  const peer = ['peer', 'name', far.name, 'address', far.mac, 'netns', far.name];
  await ip('link', 'add', near, 'type', 'veth', ...peer);
  nears.push(near);
  await ip('link', 'set', near, 'addrgenmode', 'none', 'up');
  await ip('-n', far.name, 'address', 'add', `${far.address}/24`, 'dev', far.name);
  await ip('-n', far.name, 'link', 'set', far.name, 'up');
}

export async function plugTap(bench: Bench, settings = {}): Promise<Tap> {
  const tap = await makeTap();
  taps.push(tap);
  await bench.client.addPort({ name: tap.name, path: '', interface: tap.name, ...settings });
  await settle(tap);
  return tap;
}

export const deviceOf = (driver: string, { near }: Veth) => `${driver},iface=${near}`;

export function withDevice(
  veth: Veth,
  driver: string,
  own: string[],
  use: (bench: Bench) => Promise<void>,
): Promise<void> {
  return withBench(use, { own: [...own, '--device', `x=${deviceOf(driver, veth)}`], memory: 192 });
}

/** Sends a frame out of the far end, as it is. */
export async function sendFrom({ far }: Veth, text: string): Promise<void> {
  const program = `import socket
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
s.bind((${JSON.stringify(far.name)}, 0))
s.send(bytes.fromhex(${JSON.stringify(text)}))`;
  await ip('netns', 'exec', far.name, PYTHON, '-c', program);
}
