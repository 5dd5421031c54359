/** Writes the hooks' files from templates/hook, and reads them. Pure. */
import { singleQuoted } from '../../values/shell.js';
import type { HookSettings } from './settings.js';

/** Content of a hook's file. */
export interface HookFile {
  settings: HookSettings;
  /** The Node that it runs, absolute. */
  node: string;
  /** src/hook/main.ts as bundled, absolute. */
  main: string;
}

/**
 * Our files, one for each driver of libvirt's that calls one, in the folders that libvirt reads (6.5) besides the
 * single files `qemu` and `network`, which belong to the user.
 */
export const HOOK_PATHS = {
  qemu: 'etc/libvirt/hooks/qemu.d/vmlane',
  network: 'etc/libvirt/hooks/network.d/vmlane',
} as const;

/** The driver that calls a hook, and the name of its template. */
export type HookDriver = keyof typeof HOOK_PATHS;

/** All of them, in the order in which they are written. */
export const HOOK_DRIVERS = Object.keys(HOOK_PATHS) as HookDriver[];

/** With the shell of earlier versions. */
const MARK = /^#!\/bin\/(?:sh|bash -p)\n# vmlane hook \d+: /;
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
