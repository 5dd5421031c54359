import { existsSync, lstatSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { packageRoot } from '../../switch/paths.js';
import { carryOut } from '../../system/files/carry-out.js';
import type { HostChange } from '../../system/files/changes.js';
import type { HostFiles } from '../../system/files/host-files.js';
import { takeBack } from '../../system/files/take-back.js';
import { Failed, InvalidInput, VmlaneError } from '../../values/errors.js';
import { accessTroubles, partsOf } from '../wrap/access.js';
import { HOOK_PATH, isHook, readHook, renderHook } from './file.js';
import { type HookSettings, parseSettings } from './settings.js';

/** A change of the hook's file; undefined stands for no file. */
export interface HookChange {
  path: string;
  before: string | undefined;
  after: string | undefined;
  /** False if there is nothing to change. */
  changed: boolean;
  /** Where `before` is kept, if somebody has edited it or another version has written it. */
  backup: string | undefined;
}

const RUNS = 'what libvirtd runs as root';
const BACKUP = '.vmlane-backup';

/** Plans an installation. `root` stands for `/`. @throws InvalidInput for a file that is not ours */
export function planInstall(settings: HookSettings, root: string): HookChange {
  const after = renderHook(template(), { settings, node: stableNode(), main: mainPath() });
  const { executable, ...found } = present(root, 'move it away; libvirt runs it by any name');
  const backup = found.before === after ? undefined : backupOf(found);
  return { ...found, after, changed: found.before !== after || !executable, backup };
}

/** Plans an uninstallation. @throws InvalidInput for a file that is not ours */
export function planUninstall(root: string): HookChange {
  const { path, before } = present(root, 'remove it yourself, if it is not needed');
  const backup = backupOf({ path, before });
  return { path, before, after: undefined, changed: before !== undefined, backup };
}

function template(): string {
  return readFileSync(join(packageRoot(), 'templates/hook/qemu'), 'utf8');
}

/** Path of the backup; undefined for a file that is exactly what we would write with its values. */
function backupOf({ path, before }: Pick<HookChange, 'path' | 'before'>): string | undefined {
  if (before === undefined) return undefined;
  const { settings, node, main } = readHook(before);
  try {
    const known = { settings: parseSettings(settings ?? ''), node: node ?? '', main: main ?? '' };
    if (renderHook(template(), known) === before) return undefined;
  } catch (error) {
    if (!(error instanceof VmlaneError)) throw error;
  }
  return `${path}${BACKUP}`;
}

/** The file of the hook's name: whether it is ours, and then its text. @throws Failed if it cannot be read */
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

/** The program that the hook's file runs. It is a single file (setup/cli), so only one must be protected. */
export function mainPath(): string {
  return join(packageRoot(), 'dist/bin/hook.js');
}

/** Carries out the change, if any. With the file it also removes the folders that we made. @throws Failed */
export async function applyHook(
  { before, after, changed, backup }: HookChange,
  files: HostFiles,
  signal?: AbortSignal,
): Promise<void> {
  const how = { by: 'hook', ...(signal && { signal }) } as const;
  const changes = changed ? fileChanges({ before, after, backup }, files) : [];
  await carryOut(changes, files, how);
  // Also if somebody else has removed the file.
  if (after === undefined) await takeBack(files, how);
}

function fileChanges(
  { before, after, backup }: Pick<HookChange, 'before' | 'after' | 'backup'>,
  files: HostFiles,
): HostChange[] {
  const path = `/${HOOK_PATH}`;
  const why = "libvirt's hook registers guests with the switch";
  const changes: HostChange[] = [];
  if (before !== undefined && backup !== undefined) {
    const kept = `${path}${BACKUP}`;
    // Not in the hooks' folder, so libvirt does not run it.
    const file = { path: kept, before: files.text(kept), after: before, mode: 0o600 };
    changes.push({ kind: 'file', ...file, why: 'the hook as it was', ours: true, lasting: true });
  }
  if (after !== undefined) {
    // The file's time shows since when libvirtd may know of a hook (daemon.ts).
    const flags = { ours: true, keepTime: true };
    changes.push({ kind: 'file', path, before, after, mode: 0o755, why, ...flags });
  } else if (before !== undefined) changes.push({ kind: 'remove', path, before, why });
  return changes;
}

/**
 * Refuses files that other users could change, as libvirtd would run them as root. We create folders
 * that do not exist yet. @throws Failed
 */
export function checkHook({ path }: HookChange, node = stableNode(), main = mainPath()): void {
  let folder = dirname(path);
  while (!existsSync(folder)) folder = dirname(folder);
  const by = { uid: process.getuid?.() ?? 0, others: false, runs: RUNS };
  const [first] = [
    ...accessTroubles(partsOf(existsSync(path) ? path : folder), 'run', by),
    ...accessTroubles(partsOf(node), 'run', by),
    ...accessTroubles(partsOf(main), 'read', by),
  ];
  if (first) throw new Failed(first);
}

function present(root: string, remedy: string) {
  const { path, kind, text, executable } = findHook(root);
  if (kind !== 'other') return { path, before: text, executable };
  throw new InvalidInput({ thing: path, problem: "this is not vmlane's hook", remedy });
}

/** A path of this Node that survives an upgrade: the one in a usual folder, if it is the same program. */
export function stableNode(): string {
  const usual = ['/usr/bin/node', '/usr/local/bin/node'];
  const same = (path: string) =>
    existsSync(path) && realpathSync(path) === realpathSync(process.execPath);
  return usual.find(same) ?? process.execPath;
}
