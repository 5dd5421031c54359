import { realpathSync } from 'node:fs';
import { type Domain, openDomain, type WrapChange } from '../domain/index.js';
import { architectureOf } from '../host/wrap/settings/index.js';
import type { Libvirt } from '../libvirt/index.js';
import { Failed, InvalidInput } from '../values/errors.js';

/** A domain, and what becomes of it. */
export interface PlannedDomain extends WrapChange {
  name: string;
  changed: boolean;
}

type Definitions = Pick<Libvirt, 'definition' | 'define'>;

/** Reads all domains and changes nothing, so that one that cannot be read leaves the others alone. */
export async function planDomains(
  libvirt: Definitions,
  names: readonly string[],
  change: (domain: Domain) => WrapChange,
): Promise<PlannedDomain[]> {
  const planned: PlannedDomain[] = [];
  for (const name of new Set(names)) {
    const found = change(openDomain(await libvirt.definition(name)));
    planned.push({ ...found, name, changed: found.before !== found.after });
  }
  return planned;
}

/** Defines those that change, and makes sure that libvirt took them as they were meant. */
export async function defineDomains(
  libvirt: Definitions,
  planned: readonly PlannedDomain[],
  change: (domain: Domain) => WrapChange,
): Promise<void> {
  for (const { name, after } of planned.filter(({ changed }) => changed)) {
    await libvirt.define(after);
    const found = change(openDomain(await libvirt.definition(name)));
    if (found.before === found.after) continue;
    const problem = 'libvirt did not keep what was defined';
    throw new Failed({ thing: `domain ${name}`, problem, remedy: 'see virsh dumpxml --inactive' });
  }
}

/** The wrapper runs one architecture's QEMU, by its name. @throws InvalidInput */
export function checkArchitecture({ name, architecture }: PlannedDomain, wrapper: string): void {
  const own = architectureOf(wrapper);
  if (architecture === undefined || architecture === own) return;
  const remedy = `link it as qemu-wrap-${architecture} and name that with --wrapper`;
  const problem = `its architecture is ${architecture}, ${wrapper} runs the QEMU for ${own}`;
  throw new InvalidInput({ thing: `domain ${name}`, problem, remedy });
}

/** Whether two paths lead to the same program; what is not there is only itself. */
export function sameProgram(one: string, other: string): boolean {
  return real(one) === real(other);
}

function real(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
