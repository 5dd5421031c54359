/** What `vmlane hook install`, `uninstall` and `status` have in common. */
import type { HookChange } from '../../../host/hook/install.js';
import { unifiedDiff } from '../../diff.js';
import { type Io, say } from '../../io.js';
import { flag, json, text } from '../../options.js';
import { printJson } from '../../output.js';

export const rootOption = {
  root: text(
    'root',
    'Folder that stands for /, such as an image that is mounted [default: /]',
    'file',
  ),
  json,
} as const;

export const changeOptions = {
  ...rootOption,
  'dry-run': flag('Show what would change, change nothing'),
} as const;

/** Prints the change of the hooks' files. */
export function showChange(
  io: Io,
  { changed, files }: HookChange,
  asJson: boolean | undefined,
): void {
  if (asJson) {
    const described = files.map(({ path, before, after, backup, ...one }) => ({
      ...{ path, changed: one.changed },
      ...{ before: before ?? null, after: after ?? null, backup: backup ?? null },
    }));
    printJson(io, { changed, files: described });
    return;
  }
  for (const { path, before, after } of files)
    io.out(unifiedDiff(before ?? '', after ?? '', path, io.color));
}

/** Says what was done to each file, and where an edited one is kept. */
export function tellChange(io: Io, { files }: HookChange, done: string, nothing: string): void {
  for (const { path, changed, backup } of files) {
    if (backup !== undefined)
      say(io, `${backup}: the hook as it was, which this version did not write`);
    say(io, `${path}: ${changed ? done : nothing}`);
  }
}
