import { readFile, rm, writeFile } from 'node:fs/promises';
import { execa } from 'execa';
import type { Say } from '../src/trial/progress.js';
import { InvalidInput } from '../src/values/errors.js';
import { GuestConsole } from './console.js';
import { buildGuestImage } from './guest-image.js';
import { type Daemon, startLibvirtd } from './libvirtd.js';
import { vmlane } from './vmlane.js';

export type GuestName = 'a' | 'b';

export interface LabOptions {
  say?: Say;
  /** Ends any wait; closing still works. */
  signal?: AbortSignal;
  /** libvirt's hooks are installed before libvirtd starts, and uninstalled at the end. */
  hooks?: boolean;
  /** Further words of `vmlane switch start`. */
  switch?: readonly string[];
}

/**
 * A switch, a libvirtd and the guests' image in the private world, and the two guests: a, made from
 * a spec, and b, an ordinary domain run by qemu-wrap. Everything goes through the product's own
 * command line. A lab must be closed.
 */
export class Lab {
  readonly #say: Say;
  readonly #signal: AbortSignal | undefined;
  readonly #hooks: boolean;
  readonly #switch: readonly string[];
  readonly #consoles = new Map<string, GuestConsole>();
  #daemon: Daemon | undefined;

  private constructor({ say = () => {}, signal, hooks = false, switch: words = [] }: LabOptions) {
    this.#say = say;
    this.#signal = signal;
    this.#hooks = hooks;
    this.#switch = words;
  }

  static async open(options: LabOptions = {}): Promise<Lab> {
    if (process.env.VMLANE_LAB !== '1') {
      throw new InvalidInput({
        thing: 'lab',
        problem: 'this is the real world, where it would take over libvirt',
        remedy: 'run it as: node dist/lab/enter.js -- COMMAND',
      });
    }
    const lab = new Lab(options);
    // A build server's checkout may be anybody's.
    if (lab.#hooks) await lab.vmlane('hook', 'install', '--unchecked');
    const parts = [lab.#startLibvirtd(), lab.startSwitch(), buildGuestImage()];
    // All of them must be over before closing knows what to end.
    const failed = (await Promise.allSettled(parts)).find(({ status }) => status === 'rejected');
    if (failed?.status === 'rejected') {
      await lab.close();
      throw failed.reason;
    }
    return lab;
  }

  vmlane(...args: string[]): Promise<string> {
    return vmlane(args, this.#say, this.#signal);
  }

  /** On two processors, a polling switch would take one of them from the guests. */
  startSwitch(): Promise<string> {
    return this.vmlane('switch', 'start', '--idle-sleep', '100', ...this.#switch);
  }

  /** Like `systemctl restart libvirtd`; guests keep running. */
  async restartLibvirtd(): Promise<void> {
    await this.#stopLibvirtd();
    await this.#startLibvirtd();
    // It answers before it has its guests again, and ends one that is destroyed meanwhile. A query waits for it.
    for (const name of await names('list')) await virsh('dommemstat', name);
  }

  /** Like `systemctl reload libvirtd`. */
  reloadLibvirtd(): void {
    this.#daemon?.reload();
  }

  /** Defines a guest in libvirt, each guest in its own way. */
  async define(name: GuestName): Promise<void> {
    if (name === 'b') {
      await this.vmlane('domain', 'define', 'lab/guest-b.xml');
      return;
    }
    const xml = await this.vmlane('domain', 'generate', 'lab/guest-a.yaml');
    await writeFile('/run/lab/guest-a.xml', xml);
    await this.vmlane('domain', 'define', '/run/lab/guest-a.xml');
  }

  /** Starts a defined guest, and waits until its console answers. */
  async start(name: string): Promise<GuestConsole> {
    await this.vmlane('domain', 'start', name);
    return this.console(name);
  }

  /** Waits until the console of a guest that runs answers. */
  async console(name: string): Promise<GuestConsole> {
    const console = new GuestConsole(name, this.#signal);
    this.#consoles.get(name)?.close();
    this.#consoles.set(name, console);
    await console.ready();
    this.#say(`guest ${name} is up`);
    return console;
  }

  /** Powers a guest off. */
  async destroy(name: string): Promise<void> {
    await virsh('destroy', name);
  }

  /** Process of a running guest's QEMU, from libvirt's own record. */
  async qemuPid(name: string): Promise<number> {
    return Number(await readFile(`/run/libvirt/qemu/${name}.pid`, 'utf8'));
  }

  /** Ends everything in the order of a clean shutdown. Safe to repeat. */
  async close(): Promise<void> {
    for (const console of this.#consoles.values()) console.close();
    this.#consoles.clear();
    const steps = [() => this.#forgetAll(), stopSwitch, () => this.#stopLibvirtd()];
    if (this.#hooks) steps.push(uninstallHooks);
    const errors: unknown[] = [];
    for (const step of steps) await step().catch((error) => errors.push(error));
    if (errors.length > 0) throw new AggregateError(errors, 'the lab cannot be closed in order');
  }

  async #startLibvirtd(): Promise<void> {
    this.#daemon = await startLibvirtd(this.#signal);
    this.#say('libvirtd is up, private to this world');
  }

  async #forgetAll(): Promise<void> {
    if (this.#daemon === undefined) return;
    for (const name of await names('list')) await virsh('destroy', name);
    for (const name of await names('list', '--all')) await virsh('undefine', name);
    // With their DHCP servers.
    for (const name of await names('net-list')) await virsh('net-destroy', name);
    for (const name of await names('net-list', '--all')) await virsh('net-undefine', name);
  }

  async #stopLibvirtd(): Promise<void> {
    await this.#daemon?.stop();
    this.#daemon = undefined;
  }
}

async function virsh(...words: string[]): Promise<string> {
  return (await execa('virsh', ['--quiet', ...words])).stdout;
}

async function names(...words: string[]): Promise<string[]> {
  const lines = (await virsh(...words, '--name')).split('\n').map((line) => line.trim());
  return lines.filter((name) => name !== '');
}

// Without the lab's signal, these: it may be the reason for closing.
async function uninstallHooks(): Promise<void> {
  await vmlane(['hook', 'uninstall'], () => {});
}

async function stopSwitch(): Promise<void> {
  await vmlane(['switch', 'stop'], () => {});
  // The next switch must start without the ports of this one.
  await rm('/run/vmlane/switch', { recursive: true, force: true });
}
