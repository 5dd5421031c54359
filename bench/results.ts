import { replaceFile } from '../src/system/files/atomic.js';
import { Failed } from '../src/values/errors.js';

/** Writes the results, replacing a former file atomically. Throws Failed. */
export function writeResults(path: string, content: string): void {
  try {
    replaceFile(path, content, { mode: 0o644 });
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    const remedy = 'name a file that can be written';
    throw new Failed({ thing: path, problem, remedy }, { cause: error });
  }
}
