/** What `vmlane hook install`, `uninstall` and `status` have in common. */
import type { HookChange } from '../../../host/hook/install.js';
import { unifiedDiff } from '../../diff.js';
import { type Io, say } from '../../io.js';
import { flag, json, text } from '../../options.js';
import { printJson } from '../../output.js';

export const rootOption = {
  root: text('root', 'Folder that stands for /, such as an image that is mounted [default: /]'),
  json,
} as const;

export const changeOptions = {
  ...rootOption,
  'dry-run': flag('Show what would change, change nothing'),
} as const;

/** Prints the change of the hook's file. */
export function showChange(
  io: Io,
  { path, before, after, changed, backup }: HookChange,
  asJson: boolean | undefined,
): void {
  if (asJson) {
    const described = { before: before ?? null, after: after ?? null, backup: backup ?? null };
    printJson(io, { path, changed, ...described });
  } else io.out(unifiedDiff(before ?? '', after ?? '', path, io.color));
}

/** Says where an edited file is kept. */
export function tellBackup(io: Io, { backup }: HookChange): void {
  if (backup !== undefined)
    say(io, `${backup}: the hook as it was, which this version did not write`);
}
