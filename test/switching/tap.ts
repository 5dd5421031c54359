/** Taps in network namespaces of their own: parts of the kernel that are hosts on the switch. */
import { execa } from 'execa';
import { PYTHON } from '../../lab/python.js';
import { packageRoot } from '../../src/switch/paths.js';
import { ANOTHER_USER } from '../switch/real-switch.js';

/** A tap in a namespace of the same name. */
export interface Tap {
  name: string;
  /** IPv4, in 10.9.0.0/24. */
  address: string;
  mac: string;
}

let made = 0;

export async function ip(...words: string[]): Promise<string> {
  return (await execa('ip', words)).stdout;
}

/** Makes a tap for the switch's user, not yet in its namespace. */
export async function makeTap(user = ANOTHER_USER ?? 0): Promise<Tap> {
  made++;
  // At most 15 bytes, and nobody else's.
  const tap = {
    name: `vt${process.pid}-${made}`,
    address: `10.9.0.${made}`,
    mac: `02:00:00:09:00:${made.toString(16).padStart(2, '0')}`,
  };
  await ip('netns', 'add', tap.name);
  await layTap(tap, user);
  return tap;
}

export async function layTap({ name, mac }: Tap, user = ANOTHER_USER ?? 0): Promise<void> {
  await ip('tuntap', 'add', name, 'mode', 'tap', 'user', String(user));
  // Only frames that a test asks for.
  await ip('link', 'set', name, 'addrgenmode', 'none', 'address', mac);
}

/** Moves it into its namespace, with its address, and up. */
export async function settle({ name, address }: Tap): Promise<void> {
  await ip('link', 'set', name, 'netns', name);
  await ip('-n', name, 'address', 'add', `${address}/24`, 'dev', name);
  await ip('-n', name, 'link', 'set', name, 'up');
}

export async function removeTap({ name }: Tap): Promise<void> {
  // A tap that the switch still has would come back to the first namespace.
  await execa('ip', ['-n', name, 'link', 'del', name], { reject: false });
  await execa('ip', ['link', 'del', name], { reject: false });
  await ip('netns', 'del', name);
}

/** Sends so many MiB by TCP from one to the other. Rejects unless they arrive as they were sent. */
export async function tcp(from: Tap, to: Tap, mib: number): Promise<void> {
  const program = `${packageRoot()}/test/switching/tcp-pipe.py`;
  const server = execa('ip', ['netns', 'exec', to.name, PYTHON, program, to.address]);
  const lines = server.stdout?.setEncoding('utf8');
  await new Promise((resolve, reject) => {
    lines?.once('data', resolve);
    server.catch(reject);
  });
  const words = ['netns', 'exec', from.name, PYTHON, program, to.address, String(mib)];
  const [there, here] = await Promise.all([server, execa('ip', words)]);
  const got = there.stdout.split('\n').at(-1);
  if (got !== here.stdout) throw new Error(`${got} arrived, ${here.stdout} was sent`);
}
