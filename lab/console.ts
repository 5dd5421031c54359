import { GuestConsole as AnyConsole, type Outcome } from '../src/trial/console.js';
import { patience } from './slow.js';

export type { Outcome };

/** A shell in a guest of the lab, whose serial ports are files of /run/lab. */
export class GuestConsole extends AnyConsole {
  constructor(name: string, signal?: AbortSignal) {
    const serials = { log: `/run/lab/${name}.log`, tty: `/run/lab/${name}.tty` };
    super(name, serials, { signal, patience });
  }
}
