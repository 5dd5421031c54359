import { basename } from 'node:path';
import { InvalidInput } from '../../../values/errors.js';

/** QEMU's names of architectures for which Node has other names. */
const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'x86_64', arm64: 'aarch64' };

/** The guests' architecture: from the wrapper's name (`qemu-wrap-aarch64`), else the host's. */
export function architectureOf(program = ''): string {
  const named = /^qemu-(?:wrap|system)-(.+)$/.exec(basename(program))?.[1];
  return named ?? ARCHITECTURES[process.arch] ?? process.arch;
}

/** The path with `{arch}` filled in. */
export function emulatorFor(pattern: string, architecture: string): string {
  return pattern.replaceAll('{arch}', architecture);
}

/** A line with this beginning sets the emulator, and must match LINE. */
const BEGIN = /^emulator:/;
const LINE = /^emulator: +(\/[^\s#'"]*) *$/;

/**
 * The emulator of a settings file as the wrapper's bash reads it: libvirt probes QEMU some ten times
 * before a guest starts, and no probe should load a YAML reader. Undefined if no line sets it.
 * wrapper/qemu-wrap implements the same rule.
 */
export function emulatorLine(text: string): string | undefined {
  return text
    .split('\n')
    .filter((line) => BEGIN.test(line))
    .map((line) => LINE.exec(line)?.[1] ?? '')
    .at(-1);
}

/** Refuses a file in which bash and YAML see different emulators. @throws InvalidInput */
export function checkEmulatorLine(text: string, source: string, value: string | undefined): void {
  if (emulatorLine(text) === value) return;
  throw new InvalidInput({
    thing: `${source}: emulator`,
    problem: 'is not on a plain line, which is all that is read when libvirt probes',
    remedy: "write 'emulator: /PATH' at the line's very beginning, no quotes, no comment behind it",
  });
}
