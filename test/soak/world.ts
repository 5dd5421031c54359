import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { patience } from '../../lab/slow.js';
import { SwitchClient } from '../../src/switch/index.js';
import type { Say } from '../../src/trial/progress.js';
import { errorText } from '../../src/values/errors.js';
import type { RealSwitch } from '../switch/real-switch.js';
import { Guests } from '../switching/guests.js';
import { startSwitch } from '../switching/start.js';
import type { Chance } from './chance.js';
import type { Options } from './options.js';
import { problemsIn } from './reports.js';
import { Wanted } from './wanted.js';

/** Pairs of honest guests: rings of both kinds, and both ways to connect; a VLAN for the second. */
const HONEST = [
  { name: 'a', listen: true, packed: false, vlan: 0 },
  { name: 'b', listen: true, packed: true, vlan: 0 },
  { name: 'c', listen: false, packed: false, vlan: 10 },
  { name: 'd', listen: false, packed: true, vlan: 10 },
] as const;
/** Frames a second in each direction: the machine should not be busy with these alone. */
const RATE = 2000;

/** A switch, what it was asked for, and its guests. */
export class World {
  /** Changes at each restart: what failed meanwhile may have failed because of it. */
  life = 0;
  restarting = false;
  readonly problems: string[] = [];
  readonly done: Record<string, number> = {};

  private constructor(
    public one: RealSwitch,
    readonly client: SwitchClient,
    readonly wanted: Wanted,
    readonly honest: Guests,
    readonly chance: Chance,
    readonly say: Say,
    readonly signal: AbortSignal,
    readonly sanitizer: Options['sanitizer'],
  ) {}

  static async open(
    folder: string,
    { chance, say, signal, sanitizer }: Pick<World, 'chance' | 'say' | 'signal' | 'sanitizer'>,
  ): Promise<World> {
    const one = await startSwitch(folder);
    const client = await SwitchClient.connect(one.socket, { deadlineMs: patience(60_000) });
    const wanted = new Wanted((await client.info()).settings);
    const world = new World(one, client, wanted, new Guests(), chance, say, signal, sanitizer);
    await world.#plugHonest();
    return world;
  }

  path(name: string): string {
    return join(this.one.folder, `${name}.sock`);
  }

  get log(): string {
    return join(this.one.folder, 'test.log');
  }

  async #plugHonest(): Promise<void> {
    for (const { name, vlan, ...guest } of HONEST) {
      if (guest.listen) await this.honest.open(name, this.path(name), { ...guest, later: true });
      await this.addPort(name, guest.listen ? 'qemu' : 'switch', vlan);
    }
    for (const { name, vlan: _, ...guest } of HONEST) {
      if (guest.listen) await this.honest.connect(name);
      else await this.honest.open(name, this.path(name), guest);
    }
    await this.honest.traffic(
      HONEST.map(({ name }) => name),
      RATE,
    );
  }

  async addPort(name: string, listener: 'qemu' | 'switch', vlan = 0): Promise<void> {
    const asked = { name, path: this.path(name), listener, vlan } as const;
    const { port } = await this.client.addPort(asked);
    this.wanted.port(asked, port);
  }

  async removePort(name: string): Promise<void> {
    await this.client.removePort(name);
    this.wanted.removed(name);
  }

  /** What each direction of the honest traffic has done since the last time. */
  async honestSince(): Promise<{ received: number; lost: number }> {
    const { directions } = await this.honest.quiet();
    directions.forEach(({ received, repeated }, i) => {
      const names = HONEST[i]?.name ?? i;
      if (received === 0) this.wrong(`no frame of the direction of ${names} has arrived`);
      if (repeated > 0) this.wrong(`${repeated} frames of the direction of ${names} arrived again`);
    });
    await this.honest.traffic(
      HONEST.map(({ name }) => name),
      RATE,
    );
    return {
      received: directions.reduce((sum, one) => sum + one.received, 0),
      lost: directions.reduce((sum, one) => sum + one.lost, 0),
    };
  }

  async restart(how: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    this.restarting = true;
    try {
      this.#endedItself();
      await this.one.end(how);
      const { exitCode, signalCode } = this.one.process;
      if (how === 'SIGTERM' && exitCode !== 0) {
        this.wrong(`after SIGTERM the switch ended with ${exitCode ?? signalCode}`);
      }
      this.one = await startSwitch(this.one.folder);
      this.wanted.restarted();
      this.life++;
    } finally {
      this.restarting = false;
    }
  }

  #endedItself(): void {
    const { exitCode, signalCode } = this.one.process;
    if (exitCode === null && signalCode === null) return;
    throw new Error(`the switch has ended by itself: ${exitCode ?? signalCode}`);
  }

  /** Whether it has what it was asked for, is there, and no sanitizer has reported. */
  async check(): Promise<void> {
    this.#endedItself();
    const [ports, { settings }] = [await this.client.ports(), await this.client.info()];
    for (const problem of this.wanted.differences(ports, settings)) this.wrong(problem);
    await this.#checkLog();
  }

  async #checkLog(): Promise<void> {
    for (const problem of problemsIn(await readFile(this.log, 'utf8'))) this.wrong(problem);
  }

  wrong(problem: string): void {
    if (this.problems.includes(problem)) return;
    this.problems.push(problem);
    this.say(`WRONG: ${problem}`);
  }

  /** An action that may fail where the switch was restarted meanwhile, and nowhere else. */
  async act(name: string, action: () => Promise<void>): Promise<void> {
    const { life, restarting } = this;
    try {
      await action();
      this.done[name] = (this.done[name] ?? 0) + 1;
    } catch (error) {
      if (restarting || this.restarting || this.life !== life || this.signal.aborted) return;
      this.wrong(`${name}: ${errorText(error)}`);
    }
  }

  /** Everything goes, whatever has gone wrong; the switch must end as it is told. */
  async close(): Promise<void> {
    await this.honest.end();
    this.client.close();
    await this.one.end('SIGTERM');
    const { exitCode, signalCode } = this.one.process;
    if (exitCode !== 0) this.wrong(`at the end the switch ended with ${exitCode ?? signalCode}`);
    await this.#checkLog();
    if (this.problems.length === 0) await rm(this.one.folder, { recursive: true });
    else this.say(`the switch's log is kept: ${this.log}`);
  }
}
