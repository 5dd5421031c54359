/**
 * Guests that move away from libvirt's own network `default`, and back: one is converted, one is run by
 * qemu-wrap, one stays on the bridge. All keep their leases, and reach each other, the host and the internet.
 */
import { writeFile } from 'node:fs/promises';
import { execa } from 'execa';
import { describePing } from '../../src/trial/ping.js';
import { all } from '../all.js';
import {
  DEFAULT_NETWORK,
  defineOnDefault,
  definitionOf,
  macOf,
  startDefaultNetwork,
} from '../default-network.js';
import { INTERNET, openInternet } from '../internet.js';
import { Lab } from '../lab.js';
import { pingMeanwhile } from '../ping.js';
import type { PartOptions } from './part.js';
import { type Guest, leaseOf, reachesAll } from './reaches.js';

const GUESTS = ['converted', 'wrapped', 'stays'] as const;
const MOVED = ['converted', 'wrapped'] as const;
type Name = (typeof GUESTS)[number];

/** Returns what it has shown. @throws what went wrong, once all is cleaned up */
export async function moveFromDefault(options: PartOptions): Promise<string> {
  const lab = await Lab.open({ ...options, hooks: true });
  let closeInternet = async () => {};
  try {
    closeInternet = await openInternet();
    await new Move(lab, options).run();
  } finally {
    await lab.close();
    await closeInternet();
  }
  return "three guests of libvirt's default kept their addresses and all that they reach";
}

class Move {
  readonly #lab: Lab;
  readonly #options: PartOptions;
  /** As they were defined. */
  readonly #definitions = new Map<Name, string>();

  constructor(lab: Lab, options: PartOptions) {
    this.#lab = lab;
    this.#options = options;
  }

  async run(): Promise<void> {
    const { say } = this.#options;
    say("libvirt's network default, with DHCP and NAT, and three guests on it");
    await startDefaultNetwork();
    for (const [index, name] of GUESTS.entries())
      this.#definitions.set(name, await defineOnDefault(name, index + 1));
    const [converted, wrapped, stays] = await this.#start();
    await reachesAll(converted, stays, say);
    const addresses = await leasesOf([converted, wrapped, stays]);
    await this.#move();
    const moved = [...(await this.#startMoved()), stays] as const;
    await this.#mustHave(addresses, moved);
    await reachesAll(moved[0], moved[1], say);
    await reachesAll(moved[1], stays, say);
    await reachesAll(stays, moved[0], say);
    say(await this.#virsh('net-dhcp-leases', DEFAULT_NETWORK.name));
    say(await this.#lab.vmlane('network', 'list'));
    await this.#restarts(moved[0], stays);
    await this.#giveBack();
    const back = await this.#boot('converted');
    await this.#mustHave(addresses.slice(0, 1), [back]);
    await reachesAll(back, stays, say);
  }

  #start(): Promise<[Guest, Guest, Guest]> {
    return all([this.#boot('converted'), this.#boot('wrapped'), this.#boot('stays')]);
  }

  #startMoved(): Promise<[Guest, Guest]> {
    return all([this.#boot('converted'), this.#boot('wrapped')]);
  }

  /** As management tools do: the hook registers the guest's ports. */
  async #boot(name: Name): Promise<Guest> {
    await this.#virsh('start', name);
    const console = await this.#lab.console(name);
    return { name, mac: macOf(GUESTS.indexOf(name) + 1), console };
  }

  async #move(): Promise<void> {
    await this.#lab.vmlane('network', 'add', 'default', '--libvirt', DEFAULT_NETWORK.name);
    for (const name of MOVED) await this.#lab.destroy(name);
    await this.#define(await this.#lab.vmlane('domain', 'convert', '--domain', 'converted'));
    await this.#lab.vmlane('wrap', 'install', 'wrapped', '--unchecked');
  }

  /** All as it was: definitions, and no network of the switch. */
  async #giveBack(): Promise<void> {
    for (const name of MOVED) await this.#lab.destroy(name);
    const revert = ['domain', 'convert', '--domain', 'converted', '--revert'];
    await this.#define(await this.#lab.vmlane(...revert));
    await this.#lab.vmlane('wrap', 'uninstall', 'wrapped');
    await this.#lab.vmlane('network', 'remove', 'default');
    for (const name of GUESTS) {
      const now = await definitionOf(name);
      if (now !== this.#definitions.get(name)) throw new Error(`${name} is defined as:\n${now}`);
    }
    this.#options.say('all definitions are as they were');
  }

  async #define(xml: string): Promise<void> {
    await writeFile('/run/lab/moved.xml', xml);
    await this.#lab.vmlane('domain', 'define', '/run/lab/moved.xml');
  }

  /** What a guest may lose is some seconds, in which the bridge gets to know the port again. */
  async #restarts(from: Guest, to: Guest): Promise<void> {
    const restartSwitch = async () => {
      await this.#lab.vmlane('switch', 'stop');
      await this.#lab.startSwitch();
    };
    await this.#pings(from, INTERNET.server, 'the switch restarts', restartSwitch);
    // Its bridge is new then: libvirt's hook puts the switch's interface into it, libvirtd the tap of `to`.
    const restartNetwork = async () => {
      await this.#virsh('net-destroy', DEFAULT_NETWORK.name);
      await this.#virsh('net-start', DEFAULT_NETWORK.name);
    };
    await this.#pings(from, DEFAULT_NETWORK.host, 'the network restarts', restartNetwork);
    const restartLibvirtd = () => this.#lab.restartLibvirtd();
    await this.#pings(from, DEFAULT_NETWORK.host, 'libvirtd restarts', restartLibvirtd);
    await reachesAll(from, to, this.#options.say);
  }

  async #pings(
    { name, console }: Guest,
    address: string,
    what: string,
    act: () => Promise<void>,
  ): Promise<void> {
    const result = await pingMeanwhile(console, address, act);
    this.#options.say(`${name} pings ${address} while ${what}: ${describePing(result)}`);
  }

  async #mustHave(addresses: readonly string[], guests: readonly Guest[]): Promise<void> {
    const now = await leasesOf(guests);
    const lines = now.map((address, index) => `${guests[index]?.name}: ${address}`);
    this.#options.say(`addresses, as before: ${lines.join(', ')}`);
    if (now.join() !== addresses.join()) throw new Error(`before they had ${addresses.join(', ')}`);
  }

  async #virsh(...words: string[]): Promise<string> {
    this.#options.say(`$ virsh ${words.join(' ')}`);
    return (await execa('virsh', ['--quiet', ...words])).stdout;
  }
}

function leasesOf(guests: readonly Guest[]): Promise<string[]> {
  return Promise.all(guests.map(leaseOf));
}
