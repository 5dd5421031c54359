/** Huge pages: now through sysfs, and at every boot. */

import { inWords } from '../../qemu/memory/pages.js';
import type { HostChange, HostPlan, SysfsChange } from '../../system/files/changes.js';
import { edited, withLines } from '../../system/files/edit.js';
import type { Look } from '../../system/look/index.js';
import { defaultPageSize, hostMemory, nodeMemories } from '../../system/memory/nodes.js';
import { pagesFolder } from '../../system/memory/pages.js';
import { hasSystemd } from '../../system/os/systemd.js';
import { InvalidInput } from '../../values/errors.js';
import { takesNodes } from './grub.js';
import { type BootPages, sizeWord } from './kernel-line.js';
import { type PageWish, pageWords } from './request.js';

/** From this size on, only the kernel at boot finds pages reliably. */
const GIGANTIC = 2 ** 30;
/** Minimum that is left for the host and ordinary memory. */
const REST = 512 * 2 ** 20;

export const TMPFILES = '/etc/tmpfiles.d/vmlane.conf';
const SYSCTL = '/etc/sysctl.d/60-vmlane.conf';
const SYSCTL_KEY = 'vm.nr_hugepages';

/** @throws InvalidInput for more pages than the host can have */
export function checkPages(look: Look, wishes: readonly PageWish[]): void {
  const nodes = nodeMemories(look);
  const host = hostMemory(look);
  for (const wish of wishes) {
    const refuse = (problem: string, remedy: string) =>
      new InvalidInput({ thing: `--pages ${pageWords(wish)}`, problem, remedy });
    const numbers = nodes.map(({ node }) => node);
    if (wish.node !== undefined && nodes.length > 0 && !numbers.includes(wish.node)) {
      throw refuse(`this host has no node ${wish.node}`, `choose among ${numbers.join(', ')}`);
    }
    const sizes = host.pages.map(({ pageSize }) => pageSize);
    if (look.live && !sizes.includes(wish.pageSize)) {
      const known = sizes.map(inWords).join(', ') || 'none';
      throw refuse('this host has no pages of this size', `its sizes: ${known}`);
    }
    const memory = nodes.find(({ node }) => wish.node !== undefined && node === wish.node) ?? host;
    const same = wishes.filter(({ node }) => wish.node === undefined || node === wish.node);
    const bytes = same.reduce((sum, one) => sum + one.pageSize * one.count, 0);
    const rest = memory === host ? REST : 0;
    if (memory.total === 0 || bytes + rest <= memory.total) continue;
    const where = memory === host ? 'this host' : `node ${wish.node}`;
    const most = inWords(Math.floor(Math.max(0, memory.total - rest) / 2 ** 20) * 2 ** 20);
    throw refuse(`${inWords(bytes)} of pages are more than ${where} can spare`, `at most ${most}`);
  }
}

/** Raises the counts now. A higher count is not lowered, as the pages may be in use. */
export function planNow(look: Look, wishes: readonly PageWish[]): HostPlan {
  const steps: SysfsChange[] = [];
  const notes: string[] = [];
  for (const { pageSize, count, node } of wishes) {
    const path = `${pagesFolder(pageSize, node)}/nr_hugepages`;
    const text = look.text(path);
    if (text === undefined) {
      const problem = 'the kernel has no such file';
      const remedy = 'see which sizes and nodes /sys has, or leave --now out';
      throw new InvalidInput({ thing: path, problem, remedy });
    }
    const before = Number.parseInt(text, 10);
    const where = node === undefined ? '' : ` on node ${node}`;
    const what = `huge pages of ${inWords(pageSize)}${where}`;
    if (before > count) notes.push(`${what}: there are ${before} now, more than ${count}: left`);
    if (before >= count) continue;
    steps.push({ kind: 'write', path, before, after: count, pageSize, why: `${what}, now` });
  }
  return { steps, notes };
}

/** Pages for the kernel to reserve at boot. @throws InvalidInput if it cannot do so by node */
export function bootPages(look: Look, wishes: readonly PageWish[]): BootPages[] {
  const gigantic = wishes.filter(({ pageSize }) => pageSize >= GIGANTIC);
  const bound = gigantic.find(({ node }) => node !== undefined);
  if (bound && !takesNodes(look)) {
    throw new InvalidInput({
      thing: `--pages ${pageWords(bound)}`,
      problem: 'kernels before 5.16 cannot reserve these on one node when they boot',
      remedy: 'leave the node out, or add --now to have them until the next boot',
    });
  }
  return [...new Set(gigantic.map(({ pageSize }) => pageSize))].map((pageSize) => {
    const same = gigantic.filter((one) => one.pageSize === pageSize);
    const [first] = same;
    if (first && first.node === undefined) return { pageSize, count: first.count };
    return { pageSize, count: new Map(same.map(({ node = 0, count }) => [node, count])) };
  });
}

/** Smaller pages at every boot: a sysctl for the default size, else a line for systemd-tmpfiles by size and node. */
export function planBoot(look: Look, wishes: readonly PageWish[], otherDefault: boolean): HostPlan {
  const small = wishes.filter(({ pageSize }) => pageSize < GIGANTIC);
  if (small.length === 0) return { steps: [], notes: [] };
  const size = defaultPageSize(look);
  const isDefault = (wish: PageWish) =>
    !otherDefault && wish.node === undefined && wish.pageSize === size;
  const steps: HostChange[] = [];
  const byKernel = small.find(isDefault);
  const others = sysctlFiles(look);
  if (byKernel) {
    const path = others.at(-1) ?? SYSCTL;
    const line = `${SYSCTL_KEY} = ${byKernel.count}`;
    const text = withLines(look.text(path), [line], sysctlKey);
    steps.push(...edited(look, path, text, 'huge pages at every boot'));
  } else if (others.length > 0 && small.some(({ pageSize }) => pageSize === size)) {
    throw new InvalidInput({
      thing: `${others[0]}`,
      problem: `sets ${SYSCTL_KEY} at every boot, for the whole host`,
      remedy: 'remove that line',
    });
  }
  const byNode = small.find(({ pageSize, node }) => {
    const other = new RegExp(`/node\\d+/hugepages/hugepages-${pageSize / 1024}kB/`);
    return node === undefined && other.test(look.text(TMPFILES) ?? '');
  });
  if (byNode) {
    const problem = 'reserves pages of this size by node at every boot';
    const remedy = `remove those lines, or give a node with --pages ${pageWords(byNode)}`;
    throw new InvalidInput({ thing: TMPFILES, problem, remedy });
  }
  const lines = small
    .filter((wish) => !isDefault(wish))
    .map(({ pageSize, node, count }) => {
      return `w ${pagesFolder(pageSize, node)}/nr_hugepages - - - - ${count}`;
    });
  if (lines.length > 0) {
    const text = withLines(look.text(TMPFILES), lines, tmpfilesKey);
    steps.push(...edited(look, TMPFILES, text, 'huge pages at every boot'));
  }
  return { steps, notes: tmpfilesNotes(look, steps) };
}

/** Another default size changes what others mean who say none. @throws InvalidInput for a count that would be of it */
export function planDefault(look: Look, size: number): HostPlan {
  const now = defaultPageSize(look);
  if (size === now) return { steps: [], notes: [] };
  const [words, before] = [sizeWord(size), sizeWord(now)];
  const [file] = sysctlFiles(look);
  if (file !== undefined) {
    const problem = `sets ${SYSCTL_KEY}, which is of pages of ${before} now and would be of ${words}`;
    const remedy = 'remove that line; with --pages each count has its size';
    throw new InvalidInput({ thing: file, problem, remedy });
  }
  const what = `/dev/hugepages has pages of ${words}, and ${SYSCTL_KEY} counts them`;
  return { steps: [], notes: [`from the next boot on ${what}; both are of ${before} now`] };
}

/** Notes for a host where systemd does not read tmpfiles.d. */
export function tmpfilesNotes(look: Look, steps: readonly HostChange[]): string[] {
  const written = steps.some((step) => step.kind === 'file' && step.path === TMPFILES);
  if (!written || hasSystemd(look)) return [];
  return [`systemd does not run this host: see that something reads ${TMPFILES} at every boot`];
}

/** Files that set the number already, in order of precedence. Source: sysctl.d(5). */
function sysctlFiles(look: Look): string[] {
  const names = look.names('/etc/sysctl.d').filter((name) => name.endsWith('.conf'));
  const paths = [...names.map((name) => `/etc/sysctl.d/${name}`), '/etc/sysctl.conf'];
  // A link such as 99-sysctl.conf may lead to a file that is in the list already.
  return paths.filter((path) => {
    if (look.target(path) !== undefined) return false;
    const lines = (look.text(path) ?? '').split('\n');
    return lines.some((line) => sysctlKey(line.trim()) === SYSCTL_KEY);
  });
}

/** `vm/nr_hugepages` and a leading `-` mean the same. */
function sysctlKey(line: string): string | undefined {
  const [, key] = /^-?([^#;=\s]+)\s*=/.exec(line) ?? [];
  return key?.replaceAll('/', '.');
}

/** Type and path of a line. Source: tmpfiles.d(5). */
export function tmpfilesKey(line: string): string | undefined {
  const [, type, path] = /^([a-zA-Z])[!+=~^-]*\s+(\S+)/.exec(line) ?? [];
  return type === undefined ? undefined : `${type} ${path}`;
}
