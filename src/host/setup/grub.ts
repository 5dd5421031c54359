/** The kernel's command line for every boot: GRUB's settings, and the program that makes its menu from them. */

import type { HostChange, HostPlan } from '../../system/files/changes.js';
import type { CommandName } from '../../system/files/commands.js';
import { edited } from '../../system/files/edit.js';
import type { Look } from '../../system/look/index.js';
import { defaultPageSize } from '../../system/memory/nodes.js';
import { kernelRelease } from '../../system/os/kernel.js';
import { readRelease } from '../../system/os/release.js';
import type { Grub } from '../../values/distributions.js';
import { InvalidInput } from '../../values/errors.js';
import { type KernelWish, mergeWords, namedDefault, withoutRivals } from './kernel-line.js';
import { assignments, withWords } from './shell-lines.js';

const SETTINGS = '/etc/default/grub';
const DROP_INS = '/etc/default/grub.d';
/** Sorts behind the files of installers and images, which begin with numbers or are `kdump-tools`. */
const OURS = `${DROP_INS}/vmlane.cfg`;
const MAIN = 'GRUB_CMDLINE_LINUX';
const MORE = 'GRUB_CMDLINE_LINUX_DEFAULT';

/** @throws InvalidInput if it has to be done by hand; the remedy has the parameters */
export function planKernelLine(look: Look, whole: KernelWish): HostPlan {
  const words = mergeWords([], whole, 0);
  if (words.length === 0) return { steps: [], notes: [] };
  const { command, dropIn, installedWith } = bootLoader(look, words);
  const why = `kernel command line: ${words.join(' ')}`;
  const files = settingsFiles(look, dropIn);
  const target = dropIn ? OURS : SETTINGS;
  const now = effective(files);
  const defaultSize = namedDefault(now) ?? defaultPageSize(look);
  const wish = lacking(now, whole, defaultSize);
  const steps: HostChange[] = [...files].flatMap(([path, text]) => {
    if (wish.flags.length + wish.pages.length === 0 && wish.defaultSize === undefined) return [];
    const after = path === target ? merged(path, text, wish, defaultSize) : text;
    return edited(look, path, cleared(path, after, path === target, wish, defaultSize), why);
  });
  const planned = new Map(files);
  for (const step of steps) if (step.kind === 'file') planned.set(step.path, step.after);
  const then = effective(planned);
  if (!same(mergeWords(then, whole, defaultSize), then)) {
    const problem = `a file behind ${target} sets ${MAIN} anew`;
    const remedy = `add these words there yourself: ${words.join(' ')}`;
    throw new InvalidInput({ thing: DROP_INS, problem, remedy });
  }
  const line = installedWith === undefined ? undefined : look.text(installedWith);
  if (installedWith !== undefined && line !== undefined && line.trim() !== '') {
    const after = `${mergeWords(line.trim().split(/\s+/), whole, defaultSize).join(' ')}\n`;
    if (after.trim() !== line.trim().replace(/\s+/g, ' ')) {
      steps.push(...edited(look, installedWith, after, why));
    }
  }
  if (steps.length === 0) return { steps, notes: [] };
  const boot = 'GRUB makes its menu again';
  return {
    steps: [
      { kind: 'command', undo: command, why: boot },
      ...steps,
      { kind: 'command', run: command, why: boot },
    ],
    notes: [`reboot for the kernel command line: ${words.join(' ')}`],
  };
}

/** Whether the kernel's command line names the size of pages of no size. */
export function namesDefaultSize(look: Look): boolean {
  return [...settingsFiles(look, true).values()].some((text) => /default_hugepagesz=/.test(text));
}

/** The wishes that are not fulfilled yet: parameters that are there stay in place. */
function lacking(
  now: readonly string[],
  { flags, pages, defaultSize }: KernelWish,
  size: number,
): KernelWish {
  const lacks = (wish: KernelWish) => !same(mergeWords(now, wish, size), now);
  const byDefault = defaultSize === undefined ? {} : { defaultSize };
  return {
    flags: flags.filter((flag) => lacks({ flags: [flag], pages: [] })),
    pages: pages.filter((one) => lacks({ flags: [], pages: [one] })),
    ...(lacks({ flags: [], pages: [], ...byDefault }) && byDefault),
  };
}

/** GRUB's settings files in the order in which GRUB reads them, including ours. */
function settingsFiles(look: Look, dropIn: boolean): Map<string, string> {
  const found = look.names(DROP_INS).filter((name) => name.endsWith('.cfg'));
  const paths = new Set([...found.map((name) => `${DROP_INS}/${name}`), OURS]);
  const fresh = `# Written by vmlane host setup.\n${MAIN}="$${MAIN}"\n`;
  const dropIns = [...paths].sort().map((path) => {
    return [path, look.text(path) ?? (path === OURS ? fresh : '')] as const;
  });
  return new Map([[SETTINGS, look.text(SETTINGS) ?? ''], ...(dropIn ? dropIns : [])]);
}

/** The kernel's parameters after the shell has read the files one after the other. */
function effective(files: ReadonlyMap<string, string>): string[] {
  const values = new Map<string, readonly string[]>();
  for (const [path, text] of files) {
    for (const { name, words } of assignments(text, [MAIN, MORE], path)) {
      const whole = words.flatMap((word) => {
        const [, used = ''] = /^\$\{?(GRUB_CMDLINE_LINUX(?:_DEFAULT)?)\}?$/.exec(word) ?? [];
        return values.get(used) ?? (used === '' ? [word] : []);
      });
      values.set(name, whole);
    }
  }
  return [MAIN, MORE].flatMap((name) => values.get(name) ?? []);
}

/** Puts the parameters into the last assignment, which counts; adds one to a file without any. */
function merged(path: string, text: string, wish: KernelWish, defaultSize: number): string {
  const last = assignments(text, [MAIN], path).at(-1);
  if (last) {
    const words = mergeWords(last.words, wish, defaultSize);
    return same(words, last.words) ? text : withWords(text, last, words);
  }
  const gap = text === '' || text.endsWith('\n') ? '' : '\n';
  return `${text}${gap}${MAIN}="${mergeWords([], wish, defaultSize).join(' ')}"\n`;
}

/** Removes contradicting parameters from all other assignments. */
function cleared(
  path: string,
  text: string,
  isTarget: boolean,
  wish: KernelWish,
  defaultSize: number,
): string {
  const all = assignments(text, [MAIN, MORE], path);
  const kept = isTarget ? all.findLast(({ name }) => name === MAIN) : undefined;
  // From the last one backwards, so that earlier places stay right.
  return all.reverse().reduce((now, one) => {
    if (one === kept) return now;
    const words = withoutRivals(one.words, wish, defaultSize);
    return same(words, one.words) ? now : withWords(now, one, words);
  }, text);
}

function same(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((word, i) => word === other[i]);
}

/** How to set parameters for this host's GRUB. */
function bootLoader(look: Look, words: readonly string[]) {
  const { name: system, known } = readRelease(look);
  const refuse = (problem: string, remedy: string) =>
    new InvalidInput({ thing: `kernel command line of ${system}`, problem, remedy });
  const byHand = `add these words to it yourself: ${words.join(' ')}`;
  if (look.exists('/run/ostree-booted') || look.exists('/ostree')) {
    const line = words.map((word) => `--append=${word}`).join(' ');
    throw refuse('its files belong to ostree', `run: rpm-ostree kargs ${line}`);
  }
  if (!known) throw refuse('no distribution that vmlane knows', byHand);
  if (!look.exists(SETTINGS)) throw refuse(`it has no ${SETTINGS}`, byHand);
  const folder = ['/usr/sbin', '/sbin', '/usr/bin'];
  const tool = (name: string) =>
    folder.map((one) => `${one}/${name}`).find((path) => look.exists(path));
  const { grub } = known;
  if (!tool(grub.program)) throw refuse(`${grub.program} is not installed`, byHand);
  const script = textOf(look, tool(grub.script));
  const command = menuOf(grub, look, script);
  if (!command) throw refuse('vmlane does not know where its menu is', byHand);
  const { installedWith } = grub;
  return { command, dropIn: /default\/grub\.d/.test(script), installedWith };
}

/** The program that makes this host's menu. */
function menuOf({ menus }: Grub, look: Look, script: string): CommandName | undefined {
  const isEfi = look.exists('/sys/firmware/efi');
  const found = menus.find(
    ({ efi, link }) => (!efi || isEfi) && (link === undefined || look.target(link) !== undefined),
  );
  return found?.bls && script.includes('update-bls-cmdline') ? found.bls : found?.command;
}

function textOf(look: Look, path: string | undefined): string {
  return path === undefined ? '' : (look.text(path) ?? '');
}

/** Whether the installed kernels accept a page count for each node. */
export function takesNodes(look: Look): boolean {
  const [, major, minor] = /^(\d+)\.(\d+)/.exec(kernelRelease(look)) ?? [];
  if (major === undefined) return true;
  return Number(major) > 5 || (Number(major) === 5 && Number(minor) >= 16);
}
