/** Metrics in a file, for node_exporter's textfile collector. */
import { rm } from 'node:fs/promises';
import { replaceFile } from '../system/files/atomic.js';
import { Failed } from '../values/errors.js';

/** Writes the file at once: who reads it sees the former one or this one. @throws Failed */
export function writeMetrics(file: string, text: string): void {
  try {
    replaceFile(file, text, { mode: 0o644 });
  } catch (error) {
    throw fileError(file, 'written', error as NodeJS.ErrnoException);
  }
}

/** Removes it: what it says would be taken for the present. @throws Failed */
export async function removeMetrics(file: string): Promise<void> {
  try {
    await rm(file, { force: true });
  } catch (error) {
    throw fileError(file, 'removed', error as NodeJS.ErrnoException);
  }
}

function fileError(file: string, what: string, error: NodeJS.ErrnoException): Failed {
  const { code } = error;
  const problem =
    code === 'ENOENT'
      ? 'its folder does not exist'
      : `cannot be ${what} (${code ?? error.message})`;
  const remedy = "name a file in the folder of node_exporter's --collector.textfile.directory";
  return new Failed({ thing: file, problem, remedy }, { cause: error });
}
