/** A switch with guests that are no VMs, and what is put into it to see what memory that takes. */
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { patience } from '../lab/slow.js';
import { SwitchClient } from '../src/switch/index.js';
import { inFolder } from '../test/switch/folder.js';
import type { RealSwitch } from '../test/switch/real-switch.js';
import { BROADCAST, frame } from '../test/switching/frames.js';
import { type GuestOptions, Guests } from '../test/switching/guests.js';
import { startSwitch } from '../test/switching/start.js';

/** Of its EAL, in MiB: enough for all that is measured. */
const MEMORY_MIB = 192;
export const MEMORY_PAGES = MEMORY_MIB / 2;
/** Frames in one command of vhost-front. */
const SENT_AT_ONCE = 2000;

export interface WorldOptions {
  /** Its memory is from huge pages. */
  huge?: boolean;
  lcores?: number;
}

export class MemoryWorld {
  readonly #captures: Socket[] = [];

  private constructor(
    readonly one: RealSwitch,
    readonly client: SwitchClient,
    readonly guests: Guests,
  ) {}

  /** Runs `use` with a switch of its own. */
  static use<T>(
    { huge = false, lcores = 1 }: WorldOptions,
    use: (world: MemoryWorld) => Promise<T>,
  ): Promise<T> {
    return inFolder(async (folder) => {
      const one = await startSwitch(folder, {
        ...{ huge, memory: MEMORY_MIB },
        lcores: Array.from({ length: lcores }, (_, i) => `${i}@(0-1)`).join(','),
      });
      const guests = new Guests();
      try {
        const client = await SwitchClient.connect(one.socket, { deadlineMs: patience(60_000) });
        try {
          return await use(new MemoryWorld(one, client, guests));
        } finally {
          client.close();
        }
      } finally {
        await guests.end();
        await one.end('SIGTERM');
      }
    });
  }

  get pid(): number {
    return this.one.process.pid ?? 0;
  }

  path(name: string): string {
    return join(this.one.folder, `${name}.sock`);
  }

  /** Each in a VLAN of its own, so that nothing is flooded. */
  async add(names: readonly string[], listener: 'qemu' | 'switch' = 'switch'): Promise<void> {
    for (const [i, name] of names.entries()) {
      const asked = { name, path: this.path(name), listener };
      await this.client.addPort({ ...asked, vlan: 1 + i, address_limit: 65_536 });
    }
  }

  async remove(names: readonly string[]): Promise<void> {
    for (const name of names) await this.client.removePort(name);
  }

  /** Each sends a frame by each of its pairs, so that all is there that forwarding needs; unless silent. */
  async connect(
    names: readonly string[],
    { silent = false, ...options }: GuestOptions & { silent?: boolean } = {},
  ): Promise<void> {
    const { pairs = 1 } = options;
    for (const [i, name] of names.entries()) {
      await this.guests.open(name, this.path(name), options);
      for (let pair = 0; pair < pairs && !silent; pair++)
        await this.guests.send(name, [from(address(0xffff, i))], { pair });
    }
  }

  /** A guest that the switch is to dial. */
  async listen(name: string, options: GuestOptions): Promise<void> {
    await this.guests.open(name, this.path(name), { ...options, listen: true, later: true });
  }

  async disconnect(names: readonly string[]): Promise<void> {
    for (const name of names) await this.guests.close(name);
  }

  /** So many addresses more behind a guest; `kind` makes them others. */
  async learn(name: string, kind: number, n: number): Promise<void> {
    for (let i = 0; i < n; i += SENT_AT_ONCE) {
      const some = Array.from({ length: Math.min(SENT_AT_ONCE, n - i) }, (_, k) => i + k);
      await this.guests.send(
        name,
        some.map((one) => from(address(kind, one))),
      );
    }
  }

  /** How many addresses are known. */
  async known(): Promise<number> {
    return (await this.client.stats()).fdb.entries;
  }

  /** A capture of each port, which nobody reads, until they are to end. */
  async capture(names: readonly string[]): Promise<void> {
    for (const name of names)
      this.#captures.push((await this.client.capture({ ports: [name] })).socket);
  }

  /** Ends them, and sees each end. */
  async endCaptures(): Promise<void> {
    for (const socket of this.#captures.splice(0)) {
      socket.end();
      await once(socket.resume(), 'close');
    }
  }
}

const from = (one: string) => frame({ to: BROADCAST, from: one, length: 60 });

/** Number i of a kind, 0 to 65,535. */
function address(kind: number, i: number): string {
  const digits = `02${kind.toString(16).padStart(4, '0')}${i.toString(16).padStart(6, '0')}`;
  return (digits.match(/../g) ?? []).join(':');
}
