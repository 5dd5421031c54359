import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { execa } from 'execa';
import { GuestConsole as AnyConsole } from '../src/trial/console.js';
import type { Say } from '../src/trial/progress.js';
import { Failed } from '../src/values/errors.js';
import { until } from './poll.js';
import { patience } from './slow.js';

/** Where the hosts reach each other: what this one and the other have on the wire between them. */
export const WIRE = { device: 'wire0', here: '10.66.0.1', there: '10.66.0.2' } as const;
/** The other wire, which is between the two switches: a trunk. */
export const TRUNK = 'trunk0';

/**
 * A second host beside the one of a lab, in namespaces of its own (files, network, name; lab/world made once more): with
 * its own libvirtd, switch and hooks. Two cables join them, veth pairs: `WIRE` for the hosts, `TRUNK` for the switches.
 * Must be closed, which ends all that runs in it.
 */
export class OtherHost {
  readonly #name: string;
  readonly #say: Say;
  readonly #child: ChildProcess;

  private constructor(name: string, say: Say, child: ChildProcess) {
    this.#name = name;
    this.#say = say;
    this.#child = child;
  }

  static async open(name: string, say: Say = () => {}): Promise<OtherHost> {
    const namespaces = ['--mount', '--net', '--uts'];
    const world = ['bash', 'lab/world', 'sleep', 'infinity'];
    const unshare = ['--pdeathsig', 'KILL', 'unshare', ...namespaces, ...world];
    const child = spawn('setpriv', unshare, {
      env: { ...process.env, VMLANE_LAB_HOST: name },
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    await once(child, 'spawn');
    const host = new OtherHost(name, say, child);
    const wait = {
      thing: `host ${name}`,
      problem: 'is not ready',
      remedy: 'see above',
      ms: 60_000,
    };
    await until(wait, async () => {
      if (child.exitCode !== null) throw new Failed({ ...wait, problem: 'ended' });
      const comm = await readFile(`/proc/${child.pid}/comm`, 'utf8');
      return comm === 'tini\n' || undefined;
    });
    await host.#connect();
    return host;
  }

  /** Where a file of that host can be seen from this one. */
  path(path: string): string {
    return `/proc/${this.#child.pid}/root${path}`;
  }

  /** Runs a program there, from the repository; rejects if it fails. Gives its stdout. */
  async run(program: string, ...args: string[]): Promise<string> {
    this.#say(`${this.#name}$ ${program} ${args.join(' ')}`);
    return (
      await execa(...this.#inside(program, args), { stdin: 'ignore', timeout: patience(300_000) })
    ).stdout;
  }

  /** Starts a program there that runs on. It ends with this process. */
  start(program: string, ...args: string[]) {
    return execa(...this.#inside(program, args), { stdin: 'ignore', reject: false });
  }

  #inside(program: string, args: string[]): [string, string[]] {
    const enter = [
      '--target',
      String(this.#child.pid),
      '--mount',
      '--net',
      '--uts',
      `--wdns=${process.cwd()}`,
    ];
    return ['nsenter', [...enter, program, ...args]];
  }

  vmlane(...args: string[]): Promise<string> {
    return this.run('vmlane', ...args);
  }

  /** The console of a guest there, which has booted here. */
  async console(name: string): Promise<AnyConsole> {
    const log = this.path(`/run/lab/${name}.log`);
    const tty = this.path(`/run/lab/${name}.tty`);
    const console = new AnyConsole(name, { log, tty }, { patience });
    await console.attach();
    return console;
  }

  async close(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill('SIGTERM');
    await once(this.#child, 'exit');
  }

  async #connect(): Promise<void> {
    const ip = (...words: string[]) => execa('ip', words);
    for (const name of [WIRE.device, TRUNK]) {
      await ip(
        'link',
        'add',
        name,
        'type',
        'veth',
        'peer',
        'name',
        name,
        'netns',
        String(this.#child.pid),
      );
      await ip('link', 'set', name, 'up');
      await this.run('ip', 'link', 'set', name, 'up');
    }
    await ip('address', 'add', `${WIRE.here}/24`, 'dev', WIRE.device);
    await this.run('ip', 'address', 'add', `${WIRE.there}/24`, 'dev', WIRE.device);
  }
}
