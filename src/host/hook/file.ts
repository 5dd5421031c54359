/** Writes the hook's file from templates/hook/qemu, and reads it. Pure. */
import { singleQuoted } from '../../values/shell.js';
import type { HookSettings } from './settings.js';

/** Content of the hook's file. */
export interface HookFile {
  settings: HookSettings;
  /** The Node that it runs, absolute. */
  node: string;
  /** src/hook/main.ts as bundled, absolute. */
  main: string;
}

/** Our file in the folder that libvirt reads (6.5) besides the single file `qemu`, which belongs to the user. */
export const HOOK_PATH = 'etc/libvirt/hooks/qemu.d/vmlane';

const MARK = /^#!\/bin\/sh\n# vmlane hook \d+: /;
const QUOTED = "'((?:[^']|'\\\\'')*)'";

/** Text of the file. */
export function renderHook(template: string, { settings, node, main }: HookFile): string {
  const words: Record<string, string> = {
    SETTINGS: JSON.stringify(settings),
    NODE: node,
    MAIN: main,
  };
  return template.replace(/@(SETTINGS|NODE|MAIN)@/g, (_, name: string) =>
    singleQuoted(words[name] ?? ''),
  );
}

/** Whether a file of the hook's name is ours, so that we may replace and remove it. */
export function isHook(text: string): boolean {
  return MARK.test(text);
}

/** The values in our file; undefined for those that somebody has removed. */
export function readHook(text: string): Record<'settings' | 'node' | 'main', string | undefined> {
  const value = (name: string) =>
    new RegExp(`^${name}=${QUOTED}$`, 'm').exec(text)?.[1]?.replaceAll("'\\''", "'");
  return { settings: value('settings'), node: value('node'), main: value('main') };
}
