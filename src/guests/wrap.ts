/** Makes qemu-wrap the emulator of existing domains, and undoes it. */
import { realpathSync } from 'node:fs';
import {
  type Domain,
  openDomain,
  unwrapDomain,
  type WrapChange,
  wrapDomain,
} from '../domain/index.js';
import { architectureOf } from '../host/wrap/settings/index.js';
import { Failed, InvalidInput } from '../values/errors.js';
import type { GuestHost } from './host.js';

/** A domain and its change. */
export interface PlannedDomain extends WrapChange {
  name: string;
  changed: boolean;
}

/** How domains are wrapped and unwrapped. */
export interface WrapOptions {
  /** Called with the plan before anything is changed; if it throws, nothing is. */
  onPlan?: ((domains: readonly PlannedDomain[]) => void | Promise<void>) | undefined;
  /** Changes nothing. */
  dryRun?: boolean | undefined;
}

type Definitions = GuestHost<'definition' | 'define'>;

/**
 * Makes the program `wrapper` the emulator of domains, from their next start on. Reads all of them before
 * it changes the first. Rejects with InvalidInput for a guest of another architecture than the wrapper's
 * QEMU, and with Failed for a domain that does not exist, or whose new definition libvirt does not keep.
 */
export function wrapDomains(
  { libvirt }: Pick<Definitions, 'libvirt'>,
  names: readonly string[],
  wrapper: string,
  options: WrapOptions = {},
): Promise<PlannedDomain[]> {
  return redefine(libvirt, names, (domain) => wrapDomain(domain, wrapper), {
    ...options,
    onPlan: async (domains) => {
      for (const domain of domains) checkArchitecture(domain, wrapper);
      await options.onPlan?.(domains);
    },
  });
}

/** Restores the emulator that domains had before wrapDomains. Rejects as it does. */
export function unwrapDomains(
  { libvirt }: Pick<Definitions, 'libvirt'>,
  names: readonly string[],
  options: WrapOptions = {},
): Promise<PlannedDomain[]> {
  return redefine(libvirt, names, unwrapDomain, options);
}

async function redefine(
  libvirt: Definitions['libvirt'],
  names: readonly string[],
  change: (domain: Domain) => WrapChange,
  { onPlan, dryRun = false }: WrapOptions,
): Promise<PlannedDomain[]> {
  const planned: PlannedDomain[] = [];
  for (const name of new Set(names)) {
    const found = change(openDomain(await libvirt.definition(name)));
    planned.push({ ...found, name, changed: found.before !== found.after });
  }
  await onPlan?.(planned);
  for (const { name, after } of dryRun ? [] : planned.filter(({ changed }) => changed)) {
    await libvirt.define(after);
    const found = change(openDomain(await libvirt.definition(name)));
    if (found.before === found.after) continue;
    const problem = 'libvirt did not keep what was defined';
    throw new Failed({ thing: `domain ${name}`, problem, remedy: 'see virsh dumpxml --inactive' });
  }
  return planned;
}

/** The wrapper's name decides the one architecture that it runs. */
function checkArchitecture({ name, architecture }: PlannedDomain, wrapper: string): void {
  const own = architectureOf(wrapper);
  if (architecture === undefined || architecture === own) return;
  const remedy = `link it as qemu-wrap-${architecture} and name that as the wrapper`;
  const problem = `its architecture is ${architecture}, ${wrapper} runs the QEMU for ${own}`;
  throw new InvalidInput({ thing: `domain ${name}`, problem, remedy });
}

/** Whether two paths lead to the same program; a missing file equals only itself. */
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
