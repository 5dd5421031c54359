import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { Failed } from '../src/values/errors.js';
import type { Quantiles } from './load.js';
import { benchProgram } from './native.js';

/**
 * Where the host had the two processors during a run: near each other, behind one cache; far apart;
 * or it moved them, and the run tells nothing.
 */
export type Place = 'near' | 'far' | 'moved';

/** Cycles of a cache line's round trip. Measured: 196 to 370 near, 1,200 to 1,400 far. */
const FAR_CYCLES = 700;

/** The median round trip of a cache line between processors 0 and 1, in cycles. Both must be free. */
export async function lineCycles(nice: number, signal: AbortSignal): Promise<number> {
  const program = await benchProgram('vhost-lines');
  const words = ['-n', String(nice), program, '0', '1'];
  const { stdout } = await promisify(execFile)('nice', words, { signal });
  const { cycles } = JSON.parse(stdout) as { cycles: Quantiles };
  if (cycles.p50 !== null) return cycles.p50;
  const remedy = 'run it again when the machine is quieter';
  throw new Failed({ thing: 'vhost-lines', problem: 'measured nothing', remedy });
}

/** A run has a place only if it was the same before and after. */
export function placeOf(before: number, after: number): Place {
  const [first, last] = [before, after].map((cycles) => (cycles < FAR_CYCLES ? 'near' : 'far'));
  return first === last ? (first as Place) : 'moved';
}
