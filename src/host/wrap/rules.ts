/** AppArmor rules that let guests run the wrapper. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { nativeProgram } from '../../switch/paths.js';
import { beginOf, blockIn, withBlock } from '../../system/files/block.js';
import { carryOut } from '../../system/files/carry-out.js';
import type { FileChange } from '../../system/files/changes.js';
import { claimsOn, releaseAll } from '../../system/files/claims.js';
import { blockChange } from '../../system/files/edit.js';
import type { Author, Entry } from '../../system/files/entry.js';
import type { HostFiles } from '../../system/files/host-files.js';
import { readJournal } from '../../system/files/journal.js';
import { takeBack } from '../../system/files/take-back.js';
import type { Look } from '../../system/look/index.js';

const FOLDER = '/etc/apparmor.d/local';
/** AppArmor's profiles of libvirt's daemons that run QEMU. The second: where that has a daemon of its own. */
const DAEMONS = ['usr.sbin.libvirtd', 'usr.sbin.virtqemud'] as const;
/** Rules are written for it only where it is there; for libvirtd also for libvirt to come. */
const RARE = DAEMONS[1];

/** The daemons' profiles that this host has. */
export function daemonProfiles(look: Look): readonly string[] {
  return DAEMONS.filter((name) => look.exists(`/etc/apparmor.d/${name}`));
}

/** The file of local rules that a profile includes. */
export function localRules(profile: string): string {
  return `${FOLDER}/${profile}`;
}

/** AppArmor's files for local rules, which libvirt's profiles include. */
const FILES = ['abstractions/libvirt-qemu', ...DAEMONS] as const;
/** The file of rules that apply to all guests. */
export const GUEST_RULES = localRules(FILES[0]);
const NAME = 'qemu-wrap';
const WHY = 'guests may run qemu-wrap';

/** Changes that add the rules for an author, or only the text. `package`: the installation's folder; `node`: the program. */
export function rulesFor(
  look: Look,
  installed: { package: string; node: string },
  by?: Author,
): FileChange[] {
  return FILES.flatMap((file) => {
    if (file === RARE && !daemonProfiles(look).includes(file)) return [];
    const name = file === FILES[0] ? 'libvirt-qemu' : DAEMONS[0];
    const template = join(installed.package, 'templates/apparmor', name);
    const body = readFileSync(template, 'utf8')
      .replaceAll('@COUNTERS@', nativeProgram('ovs/ovs-vsctl', installed.package))
      .replaceAll('@VMLANE@', installed.package)
      // AppArmor sees where a link leads.
      .replaceAll('@NODE@', look.real(installed.node) ?? installed.node);
    const path = localRules(file);
    return blockChange(look, { path, name: NAME, body, mode: 0o644, why: WHY, ...(by && { by }) });
  });
}

/** Whether a file has our rules, even if edited. */
export function hasRules(text: string): boolean {
  return text.includes(beginOf(NAME));
}

/** A rule of ours, before each guest's folder was called after its profile. */
const WIDE = /^[^#\n]*\/guests\/\*\/\*\.sock\s/m;

/** Whether our rules, as an older version wrote them, let guests dial each other's sockets. */
export function areWide(text: string): boolean {
  return WIDE.test(blockIn(text, NAME) ?? '');
}

/** What `wrap uninstall` does to a file of rules. */
export interface RulesBack {
  path: string;
  before: string;
  after: string;
}

/** Changes of the files that take back what `wrap install` wrote. */
export function rulesBack(look: Look): RulesBack[] {
  const { entries } = readJournal(look);
  return FILES.flatMap((file): RulesBack[] => {
    const path = localRules(file);
    const before = look.text(path);
    if (before === undefined) return [];
    const { own, text = '' } = releaseAll(entries, { path, name: NAME, by: 'wrap' }, before);
    if (own) return [{ path, before, after: text }];
    return unclaimed(look, entries, path).map(({ after }) => ({ path, before, after }));
  });
}

/** Result of removing the rules, one line each. */
export interface RulesGone {
  /** What could not be done. */
  left: readonly string[];
  /** Rules that stay because something else needs them. */
  notes: readonly string[];
}

/** Removes what `wrap install` wrote. @throws Failed */
export async function removeRules(files: HostFiles, signal?: AbortSignal): Promise<RulesGone> {
  const how = { by: 'wrap', ...(signal && { signal }) } as const;
  const { left } = await takeBack(files, how);
  const { entries } = readJournal(files);
  const paths = FILES.map(localRules);
  await carryOut(
    paths.flatMap((path) => unclaimed(files, entries, path)),
    files,
    how,
  );
  const others = paths.filter((path) => {
    return claimsOn(entries, { path, name: NAME }).some(({ by }) => by === 'setup');
  });
  const remedy = "'vmlane host setup --undo' takes them out";
  return { left, notes: others.map((path) => `${path}: host setup's rules stay; ${remedy}`) };
}

/** Rules that are not in the journal: vmlane 0.1 wrote them, or they came with an image. */
function unclaimed(look: Look, entries: readonly Entry[], path: string): FileChange[] {
  const before = look.text(path);
  if (before === undefined || blockIn(before, NAME) === undefined) return [];
  if (claimsOn(entries, { path, name: NAME }).length > 0) return [];
  const after = withBlock(before, NAME, undefined);
  return [{ kind: 'file', path, before, after, mode: 0o644, why: WHY, lasting: true }];
}
