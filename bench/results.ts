import { rename, rm, writeFile } from 'node:fs/promises';
import { Failed } from '../src/values/errors.js';

/**
 * Writes a file as a whole: whoever reads it finds the last content or this one, never a part.
 * Throws Failed.
 */
export async function replaceFile(path: string, content: string): Promise<void> {
  const next = `${path}.${process.pid}.new`;
  try {
    await writeFile(next, content);
    await rename(next, path);
  } catch (error) {
    await rm(next, { force: true });
    const problem = error instanceof Error ? error.message : String(error);
    const remedy = 'name a file that can be written';
    throw new Failed({ thing: path, problem, remedy }, { cause: error });
  }
}
