/** A folder of specs and domain XML. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { InvalidInput } from '../values/errors.js';
import { fileTrouble } from './input.js';

const ENDINGS = /\.(ya?ml|json|xml)$/i;

/**
 * Paths of the specs and domain XML files in a folder, by name, without subfolders and hidden files. Rejects with
 * InvalidInput if it is not a readable folder, or has no such files.
 */
export async function filesIn(folder: string): Promise<string[]> {
  let names: string[];
  try {
    names = await readdir(folder);
  } catch (cause) {
    throw fileTrouble(folder, cause as NodeJS.ErrnoException);
  }
  const files = names.filter((name) => ENDINGS.test(name) && !name.startsWith('.')).sort();
  // Never "no guest is wanted": the folder may just not be mounted.
  if (files.length === 0) {
    const problem = 'holds no file named *.yaml, *.yml, *.json or *.xml';
    const remedy = 'name the folder of the specs and domain XML files';
    throw new InvalidInput({ thing: folder, problem, remedy });
  }
  return files.map((name) => join(folder, name));
}
