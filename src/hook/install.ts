import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { Failed, InvalidInput } from '../errors.js';
import { packageRoot } from '../switch/paths.js';
import { accessTroubles, stepsTo } from '../wrap/access.js';
import { HOOK_PATH, isHook, renderHook } from './file.js';
import type { HookSettings } from './settings.js';

/** A change of the hook's file; undefined: no file. */
export interface HookChange {
  path: string;
  before: string | undefined;
  after: string | undefined;
  /** False: it is so already. */
  changed: boolean;
}

const RUNS = 'what libvirtd runs as root';

/** What installing would write. `root` stands for `/`. @throws InvalidInput for a file that is not ours */
export function planInstall(settings: HookSettings, root: string): HookChange {
  const template = readFileSync(join(packageRoot(), 'templates/hook/qemu'), 'utf8');
  const after = renderHook(template, { settings, node: stableNode(), main: mainPath() });
  const { executable, ...found } = present(root, 'move it away; libvirt runs it by any name');
  return { ...found, after, changed: found.before !== after || !executable };
}

/** What uninstalling would do. @throws InvalidInput for a file that is not ours */
export function planUninstall(root: string): HookChange {
  const { path, before } = present(root, 'remove it yourself, if it is not needed');
  return { path, before, after: undefined, changed: before !== undefined };
}

/** The file of the hook's name: whose it is, its text if it is ours. @throws Failed when it cannot be read */
export function findHook(root: string) {
  const path = join(root, HOOK_PATH);
  try {
    const found = lstatSync(path, { throwIfNoEntry: false });
    const executable = found !== undefined && (found.mode & 0o111) !== 0;
    const text = found?.isFile() ? readFileSync(path, 'utf8') : '';
    if (isHook(text)) return { path, kind: 'ours', text, executable } as const;
    return { path, kind: found ? 'other' : 'missing', text: undefined, executable } as const;
  } catch (cause) {
    const problem = `cannot be read (${(cause as NodeJS.ErrnoException).code})`;
    throw new Failed({ thing: path, problem, remedy: 'run this as root' }, { cause });
  }
}

/** The program that the hook's file runs: one file (setup/cli), so that one is to be guarded. */
export function mainPath(): string {
  return join(packageRoot(), 'dist/bin/hook.js');
}

/** Does it, or nothing when all is so already. @throws Failed */
export function applyHook({ path, before, after, changed }: HookChange): void {
  if (!changed) return;
  // Not in qemu.d: libvirt would run it there.
  const fresh = join(dirname(dirname(path)), `.vmlane-${process.pid}`);
  try {
    if (after === undefined) {
      rmSync(path);
      return;
    }
    mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
    writeFileSync(fresh, after, { flag: 'wx', mode: 0o600 });
    chmodSync(fresh, 0o755);
    // Its time tells since when libvirtd may know that there is a hook (daemon.ts).
    const since = before === undefined ? undefined : statSync(path).mtime;
    if (since) utimesSync(fresh, since, since);
    renameSync(fresh, path);
  } catch (cause) {
    if (existsSync(fresh)) rmSync(fresh);
    const problem = `cannot be changed (${(cause as NodeJS.ErrnoException).code})`;
    throw new Failed({ thing: path, problem, remedy: 'run this as root' }, { cause });
  }
}

/**
 * Refuses what others could change: libvirtd would run it as root. Folders that are not there yet are
 * made by us. @throws Failed
 */
export function checkHook({ path }: HookChange, node = stableNode(), main = mainPath()): void {
  let folder = dirname(path);
  while (!existsSync(folder)) folder = dirname(folder);
  const by = { uid: process.getuid?.() ?? 0, others: false, runs: RUNS };
  const [first] = [
    ...accessTroubles(stepsTo(existsSync(path) ? path : folder), 'run', by),
    ...accessTroubles(stepsTo(node), 'run', by),
    ...accessTroubles(stepsTo(main), 'read', by),
  ];
  if (first) throw new Failed(first);
}

function present(root: string, remedy: string) {
  const { path, kind, text, executable } = findHook(root);
  if (kind !== 'other') return { path, before: text, executable };
  throw new InvalidInput({ thing: path, problem: "this is not vmlane's hook", remedy });
}

/** A name for this Node that outlives its upgrade: the one in a usual folder, if that is it. */
export function stableNode(): string {
  const usual = ['/usr/bin/node', '/usr/local/bin/node'];
  const same = (path: string) =>
    existsSync(path) && realpathSync(path) === realpathSync(process.execPath);
  return usual.find(same) ?? process.execPath;
}
