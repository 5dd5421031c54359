/**
 * libvirt's network filters with a real libvirtd: a guest with clean-traffic is moved by convert, and another by
 * qemu-wrap; what its filter stops on its bridge, the switch stops, and what it lets pass, too.
 */
import { writeFile } from 'node:fs/promises';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GuestConsole } from '../../lab/console.js';
import {
  DEFAULT_NETWORK,
  defineOnDefault,
  definitionOf,
  leases,
  macOf,
  startDefaultNetwork,
} from '../../lab/default-network.js';
import { Lab } from '../../lab/lab.js';
import { pingFrom } from '../../lab/ping.js';
import { until } from '../../lab/poll.js';
import { strays } from '../../lab/strays.js';
import { tellAllOnFailure } from './use-lab.js';

const { host } = DEFAULT_NETWORK;
const FILTER = `<filterref filter='clean-traffic'>
      <parameter name='CTRL_IP_LEARNING' value='dhcp'/>
      <parameter name='DHCPSERVER' value='${host}'/>
    </filterref>`;
/** Of the network, but nobody's. */
const FOREIGN = '192.168.122.77';

let lab: Lab;

beforeAll(async () => {
  lab = await Lab.open({ say: (text) => console.log(text), hooks: true });
  await startDefaultNetwork();
  await lab.vmlane('network', 'add', 'lan', '--libvirt', 'default');
});

afterAll(async () => {
  await lab?.vmlane('network', 'remove', 'lan', '--force');
  await lab?.close();
  expect(await strays()).toEqual([]);
});

async function virsh(...words: string[]): Promise<string> {
  return (await execa('virsh', ['--quiet', ...words])).stdout;
}

async function define(xml: string): Promise<void> {
  await writeFile('/run/lab/filtered.xml', xml);
  await virsh('define', '/run/lab/filtered.xml');
}

/** A guest with the filter; its definition as libvirt has it. */
async function defineFiltered(name: string, number: number): Promise<string> {
  const xml = await defineOnDefault(name, number);
  await define(xml.replace('</interface>', `${FILTER}</interface>`));
  const filtered = await definitionOf(name);
  expect(filtered).toContain("<filterref filter='clean-traffic'>");
  return filtered;
}

async function boot(name: string): Promise<GuestConsole> {
  await virsh('start', name);
  const guest = new GuestConsole(name);
  await guest.ready();
  return guest;
}

/** How many of a port's frames were dropped for this reason. */
async function dropped(name: string, reason: string): Promise<number> {
  const { ports } = JSON.parse(await lab.vmlane('switch', 'stats', '--json'));
  return ports.find((port: { name: string }) => port.name === name).drops[reason];
}

async function replies(guest: GuestConsole, from?: string): Promise<number> {
  if (from === undefined) return (await pingFrom(guest, host, { seconds: 5 })).times.size;
  await guest.run('ip neigh flush all');
  const { output } = await guest.run(`ping -c 3 -i 0.2 -W 3 -I ${from} ${host}`);
  return [...output.matchAll(/ seq=/g)].length;
}

async function addressOf(number: number): Promise<string> {
  const wait = { thing: 'dnsmasq', problem: 'gives no lease', remedy: '', ms: 60_000 };
  return until(wait, async () => {
    return (await leases()).find(({ mac }) => mac === macOf(number))?.address;
  });
}

/** All that its filter forbids it tries, and all that it may. */
async function isFiltered(guest: GuestConsole, name: string, number: number): Promise<void> {
  const address = await addressOf(number);
  const port = JSON.parse(await lab.vmlane('switch', 'show', name, '--json'));
  expect(port).toMatchObject({
    ...{ guards: 'ipv4,arp,servers,others', address_learning: 'dhcp', mac: macOf(number) },
    ...{ other_macs: 0, dhcp_servers: host, learned: address },
  });
  expect(await replies(guest)).toBe(3);
  await guest.run(`ip address add ${FOREIGN}/24 dev eth0`);
  expect(await replies(guest, FOREIGN)).toBe(0);
  expect(await dropped(name, 'spoofed_arp')).toBeGreaterThan(0);
  // It knows the host's MAC, and need not ask.
  const { stdout } = await execa('ip', ['-json', 'link', 'show', DEFAULT_NETWORK.bridge]);
  const arp = `arp -s ${host} ${JSON.parse(stdout)[0].address}`;
  const before = await dropped(name, 'spoofed_ip');
  const { output, status } = await guest.run(
    `${arp} && ping -c 3 -i 0.2 -W 3 -I ${FOREIGN} ${host}; arp -d ${host}`,
  );
  expect(output).toContain('3 packets transmitted, 0 packets received');
  expect(status).toBe(0);
  expect(await dropped(name, 'spoofed_ip')).toBe(before + 3);
  await guest.run(`ip address del ${FOREIGN}/24 dev eth0`);
  expect(await replies(guest)).toBe(3);
  await guest.run('ip link set eth0 address 52:54:00:00:07:99');
  expect(await replies(guest)).toBe(0);
  expect(await dropped(name, 'spoofed')).toBeGreaterThan(0);
  await guest.run(`ip link set eth0 address ${macOf(number)}`);
  expect(await replies(guest)).toBe(3);
}

describe('clean-traffic', () => {
  it('is kept by convert, and given back', async () => {
    tellAllOnFailure();
    const before = await defineFiltered('w', 1);
    await define(await lab.vmlane('domain', 'convert', '--domain', 'w'));
    const guest = await boot('w');
    await isFiltered(guest, 'w.0', 1);
    guest.close();
    await virsh('destroy', 'w');
    await define(await lab.vmlane('domain', 'convert', '--domain', 'w', '--revert'));
    expect(await definitionOf('w')).toBe(before);
  });

  it('is kept by qemu-wrap, whose tap libvirt has filtered', async () => {
    tellAllOnFailure();
    const before = await defineFiltered('v', 2);
    await lab.vmlane('wrap', 'install', 'v', '--unchecked');
    const guest = await boot('v');
    await isFiltered(guest, 'v.hostnet0', 2);
    guest.close();
    await virsh('destroy', 'v');
    await lab.vmlane('wrap', 'uninstall', 'v');
    expect(await definitionOf('v')).toBe(before);
  });
});

it('a filter that no port can keep is refused, by convert and by the wrapper, and the guest is as it was', async () => {
  tellAllOnFailure();
  const xml = await defineOnDefault('u', 3);
  const other = "<filterref filter='no-ip-multicast'/>";
  await define(xml.replace('</interface>', `${other}</interface>`));
  const before = await definitionOf('u');
  const refusal = /network filter "no-ip-multicast", and the switch keeps only clean-traffic/;
  await expect(lab.vmlane('domain', 'convert', '--domain', 'u')).rejects.toThrow(refusal);
  await lab.vmlane('wrap', 'install', 'u', '--unchecked');
  await expect(virsh('start', 'u')).rejects.toThrow(refusal);
  await lab.vmlane('wrap', 'uninstall', 'u');
  expect(await definitionOf('u')).toBe(before);
});
