/**
 * The bundle of the command line (setup/cli): scripts that V8 need not compile again, in one file, of which each
 * is read when it is asked for. One script for all would be read and compiled as a whole by each command.
 */
import { openSync, readFileSync, readSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Script } from 'node:vm';

/** A part of a file: where it begins, and its length, in bytes. */
type Part = readonly [at: number, length: number];

/** Where the scripts are, by their names: their text, and what V8 has compiled of it. */
export type Index = Record<string, { text: Part; compiled?: Part }>;

/** The files of a bundle. What is compiled belongs to one text: V8 looks at no more of that than its length. */
export const filesIn = (folder: string) => ({
  texts: join(folder, 'vmlane.cjs'),
  compiled: join(folder, 'vmlane.compiled'),
  index: join(folder, 'vmlane.json'),
});

/** The variables of a script, which is a function of them. */
export const VARIABLES = ['exports', 'require', 'module', 'here', 'imported'];

export interface Bundle {
  /** Those that were asked for. */
  scripts: ReadonlyMap<string, Script>;
  /** Runs a script, and those that it needs, the first time; returns what it exports. */
  load(name: string): unknown;
}

/** Opens the bundle in that folder; its modules are its own, also when it is opened twice. */
export function bundleIn(folder: string): Bundle {
  const files = filesIn(folder);
  const index: Index = JSON.parse(readFileSync(files.index, 'utf8'));
  const texts = opened(files.texts);
  let compiled: ReturnType<typeof opened> | undefined;
  const outer = createRequire(files.texts);
  const here = `file://${files.texts}`;
  const imported = (name: string) => import(name);
  const modules = new Map<string, { exports: unknown }>();
  const scripts = new Map<string, Script>();
  const require = (name: string) => (name.startsWith('./') ? load(name.slice(2)) : outer(name));

  function load(name: string): unknown {
    const known = modules.get(name);
    if (known) return known.exports;
    const parts = index[name];
    if (!parts) throw new Error(`${files.index}: has no ${name}`);
    if (parts.compiled) compiled ??= opened(files.compiled);
    const script = new Script(texts(parts.text).toString('latin1'), {
      filename: join(files.texts, name),
      cachedData: parts.compiled && compiled?.(parts.compiled),
    });
    scripts.set(name, script);
    const module = { exports: {} as unknown };
    modules.set(name, module);
    script.runInThisContext()(module.exports, require, module, here, imported);
    return module.exports;
  }
  return { scripts, load };
}

/** Reads parts of a file, which stays open: an upgrade may replace it while a command runs. */
function opened(path: string): (part: Part) => Buffer {
  const file = openSync(path, 'r');
  return ([at, length]) => {
    const buffer = Buffer.allocUnsafeSlow(length);
    const read = readSync(file, buffer, 0, length, at);
    if (read !== length) throw new Error(`${path}: ends early`);
    return buffer;
  };
}
