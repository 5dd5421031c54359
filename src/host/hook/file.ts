/** The hook's file: written from templates/hook/qemu, and read again. Pure. */
import { singleQuoted } from '../../values/shell.js';
import type { HookSettings } from './settings.js';

/** What the file says. */
export interface HookFile {
  settings: HookSettings;
  /** The Node that it runs, absolute. */
  node: string;
  /** src/hook/main.ts as bundled, absolute. */
  main: string;
}

/** Where libvirt looks besides its one file `qemu`, which is the user's (libvirt 6.5). */
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

/** Whether a file of the hook's name is ours to replace and to remove. */
export function isHook(text: string): boolean {
  return MARK.test(text);
}

/** The values of a file of ours, as they stand there; undefined for what somebody has edited away. */
export function readHook(text: string): Record<'settings' | 'node' | 'main', string | undefined> {
  const value = (name: string) =>
    new RegExp(`^${name}=${QUOTED}$`, 'm').exec(text)?.[1]?.replaceAll("'\\''", "'");
  return { settings: value('settings'), node: value('node'), main: value('main') };
}
