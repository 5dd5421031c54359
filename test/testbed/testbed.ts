import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { execa } from 'execa';
import { patience, slowness } from '../../lab/slow.js';
import type { Say } from '../../src/trial/progress.js';
import { tail } from '../../src/trial/tail.js';
import { Failed } from '../../src/values/errors.js';
import { emulator, emulatorArguments } from './emulator.js';
import { buildImage } from './image.js';

export interface TestbedOptions {
  /** A program of the host that is run in the guest, with the repository as working directory. */
  script: string;
  args?: string[];
  env?: Record<string, string>;
  /** Huge pages of 2 MiB in the guest. */
  hugePages?: number;
  /** The guest's memory in MiB; 1.5 GiB and the huge pages by default. */
  memory?: number;
  cpus?: number;
  /** More words for the kernel's command line. */
  kernel?: readonly string[];
  /** For the script; the guest's start and end come on top. More where VMLANE_TEST_SLOW says so. */
  timeoutMs?: number;
  extraQemuArgs?: string[];
  /** Boots of a guest, where the emulator itself fails; 4 by default. */
  tries?: number;
  /** A file to record every frame on the wire in. */
  pcap?: string;
  /** Gets what the script says, line by line, as it comes. */
  say?: Say;
  signal?: AbortSignal;
}

export interface TestbedResult {
  /** As a shell tells it; 124 when the script was ended because its time was over. */
  status: number;
  /** Of the script and all it has started, stdout and stderr. */
  output: string;
  /** Programs that crashed in the guest, by name and signal. */
  crashed: string[];
  /** Last words of the guest's kernel. */
  console: string;
}

/** Most for its start and end: 5 s on an idle machine, and 50 s were seen on a busy one. */
const START_MS = 240_000;
const TRIES = 4;
/**
 * QEMU's own fault, its issue 1921: with several virtual CPUs, TCG may look a section up in a map
 * of memory that was replaced. Seen twice, a few seconds into the boot of a guest.
 */
const EMULATOR_FAULT = /^qemu-system-x86_64: .*iotlb_to_section: Assertion .* failed\.$/m;
/**
 * A virtual CPU that stood still for minutes: one of two no longer ran, and the guest waited for
 * its end until the deadline. No script can do that that leaves sched_rt_runtime_us as it is: the
 * kernel keeps 5 % from programs that run before its own.
 */
const EMULATOR_STANDS = /Kernel panic - not syncing: RCU Stall/;
class EmulatorFault extends Failed {}

/** QEMU's exit code when init has ended it. */
const ARRANGED = 33;

/**
 * Boots the testbed's guest, runs the script in it and ends it. Fails when the guest does not come
 * to its end in order; that a script fails is told by its status, and by `crashed`.
 */
export async function runInTestbed(options: TestbedOptions): Promise<TestbedResult> {
  // Each try starts with a guest that has seen nothing: another one hides no fault of the script.
  for (let left = options.tries ?? TRIES; ; left--) {
    const folder = await mkdtemp(join(tmpdir(), 'vmlane-testbed-'));
    try {
      return await boot(folder, options);
    } catch (error) {
      if (left === 1 || !(error instanceof EmulatorFault)) throw error;
      options.say?.(`testbed: ${error.message}: it boots again`);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
}

async function boot(folder: string, options: TestbedOptions): Promise<TestbedResult> {
  const { args = [], env = {}, extraQemuArgs = [], say, signal } = options;
  const timeoutMs = patience(options.timeoutMs ?? 120_000);
  const startMs = patience(START_MS);
  const { hugePages = 0, cpus = 2, memory = 1536 + hugePages * 2, kernel = [] } = options;
  // A bare name is looked for in the guest's PATH.
  const script = options.script.includes('/') ? resolve(options.script) : options.script;
  const seconds = Math.ceil(timeoutMs / 1000);
  const initrd = await buildImage(folder, { script, args, env: { ...slow(), ...env }, seconds });
  const files = { console: join(folder, 'console'), verdict: join(folder, 'verdict') };
  const machine = { ...files, initrd, hugePages, memory, cpus, kernel, pcap: options.pcap };
  const qemu = emulatorArguments(machine);
  // setpriv: the guest must not outlive this process, even if that is killed with -9.
  const words = ['--pdeathsig', 'KILL', emulator.program, ...qemu, ...extraQemuArgs];
  const child = execa('setpriv', words, {
    env: emulator.env,
    stdin: 'ignore',
    reject: false,
    timeout: startMs + timeoutMs,
    killSignal: 'SIGKILL',
    maxBuffer: 64 * 2 ** 20,
    ...(signal && { cancelSignal: signal }),
  });
  if (say) for await (const line of child.iterable()) say(line);
  const result = await child;
  signal?.throwIfAborted();
  const verdict = await readFile(files.verdict, 'utf8').catch(() => '');
  const found = /^status: (\d+)\r?\n$/m.exec(verdict);
  const console = await tail(files.console, 100);
  if (result.exitCode !== ARRANGED || found === null) {
    const end = result.signal ?? `status ${result.exitCode}`;
    const problem = result.timedOut
      ? `the guest did not end within ${(startMs + timeoutMs) / 1000} s`
      : `the guest ended out of order (QEMU's ${end})`;
    const said = [result.stdout, console, complaints(result.stderr)];
    const { told, cause } = outOfOrder(problem, said);
    const emulator = EMULATOR_FAULT.test(result.stderr) || EMULATOR_STANDS.test(console);
    throw emulator ? new EmulatorFault(told, { cause }) : new Failed(told, { cause });
  }
  const crashed = [...verdict.matchAll(/^crashed: (.*?)\r?$/gm)].map(([, who = '']) => who);
  return { status: Number(found[1]), output: result.stdout, crashed, console };
}

/** What the scripts in there wait for is as slow as the machine out here. */
function slow(): Record<string, string> {
  return { VMLANE_TEST_SLOW: String(slowness()) };
}

/** What QEMU says, without its surprise that the wire leads nowhere else. */
function complaints(stderr: string): string {
  return stderr
    .split('\n')
    .filter((line) => !line.endsWith('is not connected to host network'))
    .join('\n');
}

/** The reason in one line, where there is one; the cause holds what everybody said. */
function outOfOrder(problem: string, said: string[]) {
  const all = said.filter((text) => text !== '').join('\n---\n');
  const lines = all.split('\n');
  const reason = lines.find((line) => /Kernel panic|cannot go on/.test(line)) ?? lines.at(-1);
  const remedy = `see what was said: ${reason || 'nothing'}`;
  return { told: { thing: 'testbed', problem, remedy }, cause: new Error(all) };
}
