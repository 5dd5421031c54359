import type { Step } from '../qemu/index.js';

/** What the wrapper's bash is to do. */
export interface Plan {
  /** Done in this order, in the process that becomes QEMU. */
  steps: readonly Step[];
  /** The emulator and its arguments. */
  vector: readonly string[];
}

/**
 * The plan as bash reads it: words, each followed by NUL. Records stand one after the other:
 *
 *     open PATH FD     open PATH for reading and writing as descriptor FD
 *     enable PATH      write 1 to PATH
 *     adopt PATH FD    read a number from PATH; the descriptor of that number becomes FD
 *     exec WORD…       all further words are the vector; the last record
 *
 * bash does it because Node's descriptors do not reach QEMU, and because a file like KNI's sock_en
 * gives the descriptor to the process that writes to it.
 */
export function renderPlan({ steps, vector }: Plan): string {
  const words = [...steps.flatMap(record), 'exec', ...vector];
  return words.map((word) => `${word}\0`).join('');
}

function record(step: Step): string[] {
  return step.do === 'enable' ? [step.do, step.path] : [step.do, step.path, String(step.fd)];
}
