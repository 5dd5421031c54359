/** What a guest on libvirt's `default` is to reach, whichever way its NIC takes. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import type { Say } from '../../src/trial/progress.js';
import type { GuestConsole } from '../console.js';
import { DEFAULT_NETWORK, leases } from '../default-network.js';
import { DOWNLOAD, INTERNET } from '../internet.js';
import { pingFrom } from '../ping.js';
import { until } from '../poll.js';

/** A guest that runs. */
export interface Guest {
  name: string;
  mac: string;
  console: GuestConsole;
}

/** IPv6's "all nodes" on the guest's link. */
const ALL_NODES = 'ff02::1%eth0';
const MDNS = { group: '224.0.0.251', port: 5353 };

/**
 * The guest's address, which it has by DHCP. libvirt writes a lease down after dnsmasq has given it: that is waited for.
 * @throws Error without one that libvirt knows of, too
 */
export async function leaseOf({ name, mac, console }: Guest): Promise<string> {
  const { output } = await console.run('ip -4 -o address show dev eth0');
  const own = /inet ([\d.]+)\//.exec(output)?.[1];
  if (own === undefined) throw new Error(`guest ${name} has no address`);
  const lease = await until(waitFor(name, `has ${own}, which is a lease of libvirt's`), async () =>
    (await leases()).find((one) => one.mac === mac),
  );
  if (own === lease.address) return own;
  throw new Error(`guest ${name} has ${own}, its lease is ${lease.address}`);
}

/** Tries all of it; says what works. @throws Error for what does not */
export async function reachesAll(guest: Guest, peer: Guest, say: Say): Promise<void> {
  const { name, console } = guest;
  const peerAddress = await leaseOf(peer);
  const addresses = {
    host: DEFAULT_NETWORK.host,
    [peer.name]: peerAddress,
    internet: INTERNET.server,
  };
  for (const [what, address] of Object.entries(addresses)) {
    // A bridge with STP believes in a port that has come back only after seconds.
    await until(waitFor(name, `reaches ${what}`), async () => {
      return (await pingFrom(console, address, { seconds: 2 })).times.size === 3 || undefined;
    });
  }
  const { output } = await console.run(
    `wget -q -O /tmp/page http://${INTERNET.server}/ && head -n 1 /tmp/page && wc -c </tmp/page`,
  );
  const page = `${INTERNET.host}\n`;
  if (output !== `${page}${page.length + DOWNLOAD}\n`)
    throw new Error(`guest ${name} did not get the page of the internet's server: ${output}`);
  say(
    `${name} reaches the host, ${peer.name} and, by NAT, the internet, and gets ${DOWNLOAD >> 20} MiB`,
  );
  await hearsAdvertisements(guest);
  await isAnsweredByAll(guest, peer);
  await announces(guest);
  say(
    `${name} hears router advertisements; its multicast reaches ${peer.name} and the host (mDNS)`,
  );
}

async function hearsAdvertisements({ name, console }: Guest): Promise<void> {
  await until(waitFor(name, 'hears router advertisements'), async () => {
    const { output } = await console.run('ip -6 -o address show dev eth0');
    return output.includes(DEFAULT_NETWORK.ipv6Prefix) || undefined;
  });
}

/** Of all answers to a ping at everybody, the peer's must be one. */
async function isAnsweredByAll({ name, console }: Guest, peer: Guest): Promise<void> {
  const { output } = await peer.console.run('ip -6 -o address show dev eth0 scope link');
  const own = /inet6 (fe80:[^/]+)\//.exec(output)?.[1] ?? 'no link-local address';
  await until(waitFor(name, `is answered by ${peer.name} (${own})`), async () => {
    const pinged = await console.run(`ping -6 -c 2 -W 5 ${ALL_NODES}`);
    return pinged.output.includes(`from ${own}`) || undefined;
  });
}

/** The guest asks everybody for its own name, and the host listens as a responder of mDNS does. */
async function announces({ name, console }: Guest): Promise<void> {
  const socket = createSocket({ type: 'udp4', reuseAddr: true });
  try {
    socket.bind(MDNS.port);
    await once(socket, 'listening');
    socket.addMembership(MDNS.group, DEFAULT_NETWORK.host);
    const heard: string[] = [];
    socket.on('message', (message) => heard.push(message.toString()));
    await until(waitFor(name, 'is heard by the host on mDNS'), async () => {
      await console.run(`timeout 1 nslookup ${name}.local ${MDNS.group}:${MDNS.port}`);
      return heard.some((query) => query.includes(name)) || undefined;
    });
  } finally {
    socket.close();
  }
}

function waitFor(name: string, what: string) {
  const problem = `not yet: ${what};`;
  return { thing: `guest ${name}`, problem, remedy: 'see logs', ms: 60_000 };
}
