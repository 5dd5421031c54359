import { readFileSync } from 'node:fs';
import { parseVersion, type Version } from '../qemu/index.js';

/**
 * QEMU's version, as it has told the wrapper's bash, which has asked it when it started us; undefined if it
 * reports none. Waits for the answer's end.
 */
export function emulatorVersion(answer: number): Version | undefined {
  return parseVersion(readFileSync(answer, 'utf8'));
}
