import type { Step } from '../qemu/index.js';

/** The plan for the wrapper's bash. */
export interface Plan {
  /** Steps to do in this order, in the process that becomes QEMU. */
  steps: readonly Step[];
  /** The emulator and its arguments. */
  vector: readonly string[];
}

/**
 * Writes the plan for bash: words, each followed by NUL, in a sequence of records:
 *
 *     open PATH FD     open PATH for reading and writing as descriptor FD
 *     enable PATH      write 1 to PATH
 *     adopt PATH FD    read a number from PATH; the descriptor of that number becomes FD
 *     exec WORD…       all further words are the vector; the last record
 *
 * bash does this because Node's descriptors do not reach QEMU, and because a file like KNI's sock_en
 * gives the descriptor to the process that writes to it.
 */
export function renderPlan({ steps, vector }: Plan): string {
  const words = [...steps.flatMap(record), 'exec', ...vector];
  return words.map((word) => `${word}\0`).join('');
}

function record(step: Step): string[] {
  return step.do === 'enable' ? [step.do, step.path] : [step.do, step.path, String(step.fd)];
}
