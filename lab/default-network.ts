/** libvirt's own network `default` in the private world, and guests on it. */
import { readFile, writeFile } from 'node:fs/promises';
import { execa } from 'execa';
import { packageRoot } from '../src/switch/paths.js';

/** As default-network.xml says. */
export const DEFAULT_NETWORK = {
  name: 'default',
  bridge: 'virbr0',
  /** The host: gateway, DHCP and DNS server. */
  host: '192.168.122.1',
  /** Of the addresses that guests make themselves, after a router advertisement. */
  ipv6Prefix: 'fd00:122:',
} as const;

/** A lease that the network's DHCP server has given. */
export interface Lease {
  mac: string;
  address: string;
}

/** Defines the network and starts it, as libvirt's package does on a server. */
export async function startDefaultNetwork(): Promise<void> {
  await execa('virsh', ['--quiet', 'net-define', `${packageRoot()}/lab/default-network.xml`]);
  await execa('virsh', ['--quiet', 'net-start', DEFAULT_NETWORK.name]);
}

/** What `virsh net-dhcp-leases default` shows. */
export async function leases(): Promise<Lease[]> {
  const words = ['--quiet', 'net-dhcp-leases', DEFAULT_NETWORK.name];
  return parseLeases((await execa('virsh', words)).stdout);
}

/** Reads the output of `virsh net-dhcp-leases`. */
export function parseLeases(text: string): Lease[] {
  const lines = text.matchAll(/\b((?:[0-9a-f]{2}:){5}[0-9a-f]{2})\s+ipv4\s+([\d.]+)\//g);
  return [...lines].map(([, mac = '', address = '']) => ({ mac, address }));
}

/** The MAC of the guest with this number. */
export function macOf(number: number): string {
  return `52:54:00:00:07:${number.toString(16).padStart(2, '0')}`;
}

/** Defines a guest with a virtio NIC on the network; returns its definition. */
export async function defineOnDefault(name: string, number: number): Promise<string> {
  const template = await readFile(`${packageRoot()}/lab/guest-lan.xml`, 'utf8');
  const xml = template.replaceAll('@NAME@', name).replace('@MAC@', macOf(number).slice(-2));
  const file = `/run/lab/${name}.xml`;
  await writeFile(file, xml);
  await execa('virsh', ['--quiet', 'define', file]);
  return definitionOf(name);
}

/** What libvirt has of a guest. */
export async function definitionOf(name: string): Promise<string> {
  return (await execa('virsh', ['dumpxml', '--inactive', name])).stdout;
}
