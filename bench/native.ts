import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { packageRoot } from '../src/switch/paths.js';
import { Failed } from '../src/values/errors.js';

/** The path of a program of native/bench, which is built beside the switch. Throws Failed. */
export async function benchProgram(name: string): Promise<string> {
  const path = join(packageRoot(), 'build/native/bench', name);
  await access(path).catch(() => {
    const remedy = 'build it: npm run setup';
    throw new Failed({ thing: path, problem: 'is not there', remedy });
  });
  return path;
}
