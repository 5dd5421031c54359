import { existsSync, lstatSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ownNode, packageRoot } from '../../switch/paths.js';
import { carryOut } from '../../system/files/carry-out.js';
import type { HostChange } from '../../system/files/changes.js';
import type { HostFiles } from '../../system/files/host-files.js';
import { takeBack } from '../../system/files/take-back.js';
import { Failed, InvalidInput, VmlaneError } from '../../values/errors.js';
import { accessTroubles, partsOf } from '../wrap/access.js';
import { HOOK_DRIVERS, HOOK_PATHS, type HookDriver, isHook, readHook, renderHook } from './file.js';
import { type HookSettings, parseSettings } from './settings.js';

/** A change of the hooks' files. */
export interface HookChange {
  /** False if there is nothing to change. */
  changed: boolean;
  files: HookFileChange[];
}

/** A change of one of them; undefined stands for no file. */
export interface HookFileChange {
  driver: HookDriver;
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
  const content = { settings, node: stableNode(), main: mainPath() };
  return planned((driver) => {
    const after = renderHook(template(driver), content);
    const { executable, ...found } = present(
      root,
      driver,
      'move it away; libvirt runs it by any name',
    );
    const backup = found.before === after ? undefined : backupOf(found);
    return { ...found, after, changed: found.before !== after || !executable, backup };
  });
}

/** Plans an uninstallation. @throws InvalidInput for a file that is not ours */
export function planUninstall(root: string): HookChange {
  return planned((driver) => {
    const { executable: _, ...found } = present(
      root,
      driver,
      'remove it yourself, if it is not needed',
    );
    const backup = backupOf(found);
    return { ...found, after: undefined, changed: found.before !== undefined, backup };
  });
}

function planned(plan: (driver: HookDriver) => HookFileChange): HookChange {
  const files = HOOK_DRIVERS.map(plan);
  return { changed: files.some(({ changed }) => changed), files };
}

function template(driver: HookDriver): string {
  return readFileSync(join(packageRoot(), 'templates/hook', driver), 'utf8');
}

/** Path of the backup; undefined for a file that is exactly what we would write with its values. */
function backupOf({
  driver,
  path,
  before,
}: Pick<HookFileChange, 'driver' | 'path' | 'before'>): string | undefined {
  if (before === undefined) return undefined;
  const { settings, node, main } = readHook(before);
  try {
    const known = { settings: parseSettings(settings ?? ''), node: node ?? '', main: main ?? '' };
    if (renderHook(template(driver), known) === before) return undefined;
  } catch (error) {
    if (!(error instanceof VmlaneError)) throw error;
  }
  return `${path}${BACKUP}`;
}

/** The file of a hook's name: whether it is ours, and then its text. @throws Failed if it cannot be read */
export function findHook(root: string, driver: HookDriver) {
  const path = join(root, HOOK_PATHS[driver]);
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

/** The program that the hooks' files run. It is a single file (setup/cli), so only one must be protected. */
export function mainPath(): string {
  return join(packageRoot(), 'dist/bin/hook.js');
}

/** Carries out the change, if any. With the files it also removes the folders that we made. @throws Failed */
export async function applyHook(
  { files: wanted }: HookChange,
  files: HostFiles,
  signal?: AbortSignal,
): Promise<void> {
  const how = { by: 'hook', ...(signal && { signal }) } as const;
  const changes = wanted.filter(({ changed }) => changed).flatMap((one) => fileChanges(one, files));
  await carryOut(changes, files, how);
  // Also if somebody else has removed the files.
  if (wanted.every(({ after }) => after === undefined)) await takeBack(files, how);
}

const WHY = {
  qemu: "libvirt's hook registers guests with the switch",
  network: "libvirt's hook keeps the switch attached to networks that are started anew",
} as const;

function fileChanges(
  { driver, before, after, backup }: HookFileChange,
  files: HostFiles,
): HostChange[] {
  const path = `/${HOOK_PATHS[driver]}`;
  const why = WHY[driver];
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
export function checkHook({ files }: HookChange, node = stableNode(), main = mainPath()): void {
  const by = { uid: process.getuid?.() ?? 0, others: false, runs: RUNS };
  const [first] = [
    ...files.flatMap(({ path }) => accessTroubles(partsOf(nearest(path)), 'run', by)),
    ...accessTroubles(partsOf(node), 'run', by),
    ...accessTroubles(partsOf(main), 'read', by),
  ];
  if (first) throw new Failed(first);
}

/** The path, or the folder above it that there is. */
function nearest(path: string): string {
  return existsSync(path) ? path : nearest(dirname(path));
}

function present(root: string, driver: HookDriver, remedy: string) {
  const { path, kind, text, executable } = findHook(root, driver);
  if (kind !== 'other') return { driver, path, before: text, executable };
  throw new InvalidInput({ thing: path, problem: "this is not vmlane's hook", remedy });
}

/** A path of Node that survives an upgrade: the package's own, or this one in a usual folder, if it is the same program. */
export function stableNode(): string {
  const usual = ['/usr/bin/node', '/usr/local/bin/node'];
  const same = (path: string) =>
    existsSync(path) && realpathSync(path) === realpathSync(process.execPath);
  return ownNode() ?? usual.find(same) ?? process.execPath;
}
