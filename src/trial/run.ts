/** The demo for who has installed vmlane: two guests on a switch of their own, which ping each other. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { mainPath } from '../host/setup/programs.js';
import { Failed } from '../values/errors.js';
import { shellWords } from '../values/shell.js';
import { withTrialFolder } from './folder.js';
import { RunningGuest } from './guest.js';
import type { Found } from './host.js';
import { guestImage } from './image.js';
import { readParts } from './parts.js';
import { describePing, type PingResult, parsePing } from './ping.js';
import {
  type Accelerator,
  FILES,
  GUESTS,
  LOOKS,
  openingLines,
  qemuWords,
  STOP,
  switchStart,
  type TrialHost,
  variables,
  vmlaneLine,
} from './plan.js';
import { Recorder, type Step } from './record.js';

/** What it needs of who runs it. */
export interface TrialOptions {
  env: NodeJS.ProcessEnv;
  /** Gets each step when it happens. */
  tell: (step: Step) => void;
  /** Ends it; it still tidies. */
  signal: AbortSignal;
}

/** Pings of one guest at the other. */
export interface TrialPing {
  from: string;
  to: string;
  result: PingResult;
}

/** What it has shown. */
export interface Shown {
  accelerator: Accelerator;
  pings: TrialPing[];
  seconds: number;
  steps: readonly Step[];
}

const PINGS = 5;

/** How long a guest may boot. One that KVM runs has booted within two or three. */
const BOOT_MS = { kvm: 15_000, tcg: 180_000 } as const;

/** Nothing of it is left when this ends, however it does. @throws Failed, InvalidInput, or the signal's reason */
export async function runTrial(found: Found, options: TrialOptions): Promise<Shown> {
  const record = new Recorder(options.tell);
  const shown = await withTrialFolder((folder) => new Trial(found, options, folder, record).run());
  const replies = shown.pings.reduce((sum, { result }) => sum + result.times.size, 0);
  record.add('note', `done: all ${replies} pings came back; nothing of it is left`);
  return { ...shown, seconds: record.seconds, steps: record.steps };
}

class Trial {
  readonly #found: Found;
  readonly #options: TrialOptions;
  readonly #host: TrialHost;
  readonly #env: NodeJS.ProcessEnv;
  readonly #record: Recorder;
  #guests: RunningGuest[] = [];

  constructor(found: Found, options: TrialOptions, folder: string, record: Recorder) {
    this.#found = found;
    this.#options = options;
    this.#host = { ...found, folder, kernel: found.kernel.file };
    this.#env = {
      ...withoutOurs(options.env),
      ...variables(this.#host),
      RUNTIME_DIRECTORY: folder,
    };
    this.#record = record;
  }

  async run(): Promise<Pick<Shown, 'accelerator' | 'pings'>> {
    const { folder } = this.#host;
    const image = guestImage(await readParts(this.#found.busybox, this.#found.modules));
    await writeFile(join(folder, FILES.initrd), image);
    for (const line of openingLines(this.#host)) this.#record.add('command', line);
    try {
      await this.#vmlane(switchStart(this.#host));
      const accelerator = await this.#bootOnOneOf(this.#found.accelerators);
      const pings = await this.#pingBoth();
      for (const words of LOOKS) await this.#vmlane(words);
      await this.#tidy();
      return { accelerator, pings };
    } catch (error) {
      await this.#tidy().catch((second) => {
        throw new AggregateError([error, second], 'the demo cannot be ended in order');
      });
      throw error;
    }
  }

  /** KVM may be there and not run a guest, such as in a virtual machine. */
  async #bootOnOneOf([first, ...others]: readonly Accelerator[]): Promise<Accelerator> {
    if (first === undefined) throw new Error('no accelerator');
    try {
      await this.#boot(first);
      return first;
    } catch (error) {
      if (others.length === 0 || !(error instanceof Failed)) throw error;
      const { thing, problem } = error.trouble;
      this.#record.add('note', `${thing}: ${problem}; now without KVM`);
      await this.#endGuests();
      return this.#bootOnOneOf(others);
    }
  }

  async #boot(accelerator: Accelerator): Promise<void> {
    const { wrapper, folder } = this.#host;
    for (const guest of GUESTS) {
      const words = qemuWords(guest, this.#host, accelerator);
      this.#record.add('command', `${shellWords([wrapper, ...words])} &`);
      const start = { name: guest.name, folder, program: wrapper, words, env: this.#env };
      this.#guests.push(await RunningGuest.start({ ...start, signal: this.#options.signal }));
    }
    const how = accelerator === 'kvm' ? 'by KVM' : 'emulated, which takes a while';
    this.#record.add('note', `both guests boot, ${how}`);
    await Promise.all(this.#guests.map((guest) => guest.ready(BOOT_MS[accelerator])));
    for (const guest of this.#guests) this.#record.add('note', guest.describe());
  }

  async #pingBoth(): Promise<TrialPing[]> {
    const pings: TrialPing[] = [];
    for (const [index, { name, console }] of this.#guests.entries()) {
      const to = GUESTS[1 - index];
      if (to === undefined) throw new Error('there are two');
      const { output } = await console.run(`ping -c ${PINGS} -i 0.2 -W 15 ${to.address}`);
      const result = parsePing(output);
      this.#record.add('note', `${name} pings ${to.name}: ${describePing(result)}`);
      pings.push({ from: name, to: to.name, result });
    }
    const lost = pings.filter(({ result }) => result.times.size !== PINGS);
    if (lost.length === 0) return pings;
    await this.#vmlane(['switch', 'stats']);
    const problem = `${lost.map(({ from }) => from).join(' and ')} lacks replies`;
    throw new Failed({ thing: 'demo', problem, remedy: 'see the counters of the switch above' });
  }

  /** Runs the command line as a user would; records what it says. */
  async #vmlane(words: readonly string[], { always = false } = {}): Promise<void> {
    this.#record.add('command', vmlaneLine(words));
    const { execa } = await import('execa');
    const ran = await execa(process.execPath, [mainPath(), ...words], {
      ...{ cwd: this.#host.folder, env: this.#env, extendEnv: false, stdin: 'ignore' },
      ...{ reject: false, all: true, detached: true, forceKillAfterDelay: 15_000 },
      ...(!always && { cancelSignal: this.#options.signal }),
    });
    if (!always) this.#options.signal.throwIfAborted();
    if (ran.all !== '') this.#record.add('output', ran.all);
    if (ran.exitCode === 0) return;
    const problem = `\`${vmlaneLine(words)}\` failed`;
    throw new Failed({ thing: 'demo', problem, remedy: 'see its message above' });
  }

  async #tidy(): Promise<void> {
    await this.#endGuests();
    await this.#vmlane(STOP, { always: true });
  }

  async #endGuests(): Promise<void> {
    await Promise.all(this.#guests.map((guest) => guest.end()));
    this.#guests = [];
  }
}

/** Without the variables by which somebody has set up the real switch and the real wrapper. */
function withoutOurs(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const ours = Object.entries(env).filter(([name]) => {
    return !name.startsWith('VMLANE_') || KEPT.some((one) => name.startsWith(one));
  });
  return Object.fromEntries(ours);
}

/** Those that say how patient one is, and which program is tested. */
const KEPT = ['VMLANE_SWITCH_TIMEOUT', 'VMLANE_SWITCH_BINARY', 'VMLANE_TEST_'];
