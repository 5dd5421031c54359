/** Why a guest has no network: from its definition to the wire, the first thing that is wrong. */
import {
  type DoctorHost,
  type DoctorOptions,
  type GuestFacts,
  guestFacts,
  type NicFacts,
} from './facts.js';
import { GUEST_STEPS, NIC_STEPS, type Wrong } from './steps.js';

export type { DoctorHost, DoctorOptions, GuestFacts, NicFacts } from './facts.js';

/** One thing that was looked at. */
export interface Diagnosed {
  /** `guest`, `definition` and so on; the keys of GUEST_STEPS and NIC_STEPS. */
  step: string;
  /** Of which NIC, from 0; null: of the guest. */
  nic: number | null;
  ok: boolean;
  /** What was found. */
  says: string;
  /** What to do; null where all is right. */
  remedy: string | null;
}

/**
 * Looks at a guest, and changes nothing. The last entry of the guest, or of a NIC, is the first that is wrong
 * there, or all is right. Rejects with Failed for a guest that is not there, and as libvirt does.
 */
export async function diagnoseGuest(
  host: DoctorHost,
  name: string,
  options: DoctorOptions = {},
): Promise<Diagnosed[]> {
  return diagnose(await guestFacts(host, name, options));
}

/** The same of facts. */
export function diagnose(facts: GuestFacts): Diagnosed[] {
  const all = walk(GUEST_STEPS, facts, facts, null);
  if (all.at(-1)?.ok === false) return all;
  const on = facts.nics.filter(({ wanted }) => wanted !== undefined);
  return [...all, ...on.flatMap((nic: NicFacts) => walk(NIC_STEPS, nic, facts, nic.index))];
}

function walk<Subject>(
  steps: Readonly<
    Record<string, (subject: Subject, facts: GuestFacts) => string | Wrong | undefined>
  >,
  subject: Subject,
  facts: GuestFacts,
  nic: number | null,
): Diagnosed[] {
  const found: Diagnosed[] = [];
  for (const [step, look] of Object.entries(steps)) {
    const said = look(subject, facts);
    if (said === undefined) continue;
    if (typeof said === 'string') {
      found.push({ step, nic, ok: true, says: said, remedy: null });
      continue;
    }
    found.push({ step, nic, ok: false, says: said.problem, remedy: said.remedy });
    break;
  }
  return found;
}
