/** The bundle of the command line (setup/cli), as a script that V8 need not compile again. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Script } from 'node:vm';

export interface Bundle {
  script: Script;
  /** Runs the modules in it and returns what the entry exports; modules of their own each time. */
  evaluate(): unknown;
}

/** File of what V8 has compiled. It belongs to one bundle: V8 looks at no more of that than its length. */
export const compiledIn = (folder: string): string => join(folder, 'vmlane.compiled');

/** Reads the bundle in that folder, and what of it is compiled, if there is that. */
export function bundleIn(folder: string): Bundle {
  const file = join(folder, 'vmlane.cjs');
  const names = 'exports,require,module,__filename,__dirname,imported';
  const text = `(function(${names}){${readFileSync(file, 'latin1')}\n})`;
  const script = new Script(text, { filename: file, cachedData: compiled(folder) });
  const evaluate = () => {
    const module = { exports: {} };
    const imported = (name: string) => import(name);
    const require = createRequire(file);
    script.runInThisContext()(module.exports, require, module, file, folder, imported);
    return module.exports;
  };
  return { script, evaluate };
}

function compiled(folder: string): Buffer | undefined {
  try {
    return readFileSync(compiledIn(folder));
  } catch (error) {
    // It saves time, and nothing else.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
