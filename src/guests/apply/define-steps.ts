import { type Domain, openDomain } from '../../domain/index.js';
import { isNoSuchDomain, type Libvirt, type Nvram } from '../../libvirt/index.js';
import { Failed, VmlaneError } from '../../values/errors.js';
import { defineMarked } from './define-marked.js';
import type { DomainPlan } from './plan.js';
import type { Context, Step } from './step.js';

export function defineSteps(plan: DomainPlan, { host: { libvirt } }: Context): Step[] {
  const { name, file = name, action, before, domain, mark } = plan;
  if (!domain || !mark || (action !== 'define' && action !== 'redefine')) return [];
  // If libvirt refuses, there is nothing to undo: the domain of that name may be somebody else's.
  let undo = async () => {};
  const back = () => {
    return before === undefined ? undefineOurs(libvirt, name, domain) : libvirt.define(before.text);
  };
  const define = async (text: string) => {
    await libvirt.define(text);
    undo = back;
  };
  const definition = (one: string) => libvirt.definition(one);
  const run = () =>
    defineMarked({ define, definition }, name, domain, mark).catch((cause: unknown) => {
      if (!(cause instanceof VmlaneError)) throw cause;
      // Not InvalidInput any more: others may have been defined before.
      const { problem, remedy } = cause.trouble;
      throw new Failed({ thing: file, problem, remedy }, { cause });
    });
  return [{ name, action: 'define', run, undo: () => undo() }];
}

/** Undefines what was defined with this XML, if it still has that UUID. */
async function undefineOurs(
  libvirt: Pick<Libvirt, 'definition' | 'undefine'>,
  name: string,
  domain: Domain,
): Promise<void> {
  try {
    if (uuidOf(openDomain(await libvirt.definition(name))) !== uuidOf(domain)) return;
    await libvirt.undefine(name, wordOn(domain));
  } catch (error) {
    if (!isNoSuchDomain(error)) throw error;
  }
}

function uuidOf({ uuid }: Domain): string | undefined {
  return uuid?.replace(/[\s-]/g, '');
}

/** What undefine does with UEFI variables, which libvirt wants to know: it keeps them, like disks. */
export function wordOn({ hasNvram }: Domain): Nvram | undefined {
  return hasNvram ? 'keep' : undefined;
}
