import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { findBinary, nativeProgram, packageRoot, rebuilt } from '../../switch/paths.js';
import { runningSwitch } from '../../switch/start.js';
import { Failed } from '../../values/errors.js';
import { stableNode } from '../hook/install.js';
import { accessTroubles, partsOf } from '../wrap/access.js';
import type { SwitchUnit } from './request.js';

/**
 * The commands by which systemd runs `switch start` with these arguments, and checks the switch at `controlSocket`.
 * `program`: the command line, by default this one.
 */
export function switchCommands(
  words: readonly string[],
  controlSocket: string,
  program: readonly string[] = [stableNode(), mainPath()],
): SwitchUnit {
  const vmlane = [...program, 'switch'];
  return {
    start: [...vmlane, 'start', '--foreground', ...words],
    info: [...vmlane, 'info', '--control-socket', controlSocket],
    controlSocket,
  };
}

/** The command by which systemd serves metrics at `listen`, of the switch at `controlSocket`. */
export function metricsCommand(listen: string, controlSocket: string): string[] {
  const words = ['metrics', 'export', '--listen', listen, '--control-socket', controlSocket];
  return [stableNode(), mainPath(), ...words];
}

/** Refuses programs that others than root could change, as systemd would run them as root. @throws Failed */
export async function checkPrograms(): Promise<void> {
  const by = { uid: process.getuid?.() ?? 0, others: false, runs: 'what systemd runs as root' };
  // As the service will find it: without this shell's variables.
  const binary = await findBinary(undefined, {});
  const [first] = [
    ...accessTroubles(partsOf(stableNode()), 'run', by),
    ...accessTroubles(partsOf(mainPath()), 'read', by),
    ...accessTroubles(partsOf(binary), 'run', by),
  ];
  if (first) throw new Failed(first);
}

/** Refuses a program that is not built, or that others than root could change, as libvirt runs it as root. @throws Failed */
export function checkCounterProgram({ unchecked }: { unchecked: boolean }): void {
  const program = nativeProgram('ovs/ovs-vsctl');
  if (!existsSync(program)) {
    throw new Failed({ thing: program, problem: 'is not built', remedy: rebuilt() });
  }
  const by = { uid: process.getuid?.() ?? 0, others: false, runs: 'what libvirt runs as root' };
  const [first] = unchecked ? [] : accessTroubles(partsOf(program), 'run', by);
  if (first) throw new Failed(first);
}

/** Refuses a service if another switch runs already: two cannot share one socket. @throws Failed */
export async function checkNoSwitch({ controlSocket }: SwitchUnit): Promise<void> {
  const running = await runningSwitch(controlSocket);
  if (!running) return;
  throw new Failed({
    thing: controlSocket,
    problem: `a switch runs there (pid ${running.pid}), and not as a service`,
    remedy: "stop it with 'vmlane switch stop'; guests keep running, and the service serves them",
  });
}

/** The command line's file, of an installation. */
export function mainPath(root = packageRoot()): string {
  return join(root, 'dist/bin/main.js');
}
