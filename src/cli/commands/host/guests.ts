/** Files of guests for `vmlane host plan` and `host setup`, and what these guests need of this host. */

import type { Domain } from '../../../domain/index.js';
import { named } from '../../../guests/apply/read.js';
import type { SwitchFacts } from '../../../guests/switch-facts.js';
import { nameOf, readInput } from '../../../system/input.js';
import { InvalidInput } from '../../../values/errors.js';
import type { Io } from '../../io.js';
import { guestOfSpec } from '../domain/spec.js';

/** Plans the memory of guests and of a switch. @throws InvalidInput naming the file */
export async function planGuests(
  files: readonly string[],
  memory: { mib: number; pageSize?: number | undefined },
  root: string,
  io: Io,
) {
  const { HostFiles } = await import('../../../system/files/host-files.js');
  const { defaultPageSize, hostMemory, nodeMemories } = await import(
    '../../../system/memory/nodes.js'
  );
  const { fitDemands, switchDemand } = await import('../../../host/plan/fit.js');
  const look = new HostFiles(root);
  const twice = files.find((file, i) => files.indexOf(file) !== i);
  if (twice !== undefined) {
    const remedy = 'name each guest once';
    throw new InvalidInput({ thing: nameOf(twice), problem: 'named twice', remedy });
  }
  const { switchFacts } = await import('../../../guests/switch-facts.js');
  const host = { root, pageSize: defaultPageSize(look), ofSwitch: await switchFacts(root) };
  const guests = [];
  for (const file of files) guests.push(await demandOf(file, host, io));
  const demands = guests.flatMap((guest) => guest.demands);
  const all = [...demands, ...switchDemand(memory.mib, demands, memory.pageSize)];
  const crossing = guests.flatMap((guest) => guest.crossing);
  return { guests, crossing, ...fitDemands(all, hostMemory(look), nodeMemories(look)) };
}

/** What all guests are planned on. */
interface PlanHost {
  root: string;
  /** Bytes of the default huge page. */
  pageSize: number;
  ofSwitch: SwitchFacts;
}

async function demandOf(file: string, host: PlanHost, io: Io) {
  const { guestDemand } = await import('../../../host/plan/demand.js');
  const { domainXml, openDomain } = await import('../../../domain/index.js');
  const text = await readInput(file, io);
  try {
    const isXml = /^\s*</.test(text);
    const xml = isXml ? text : domainXml(await guestOfSpec(text, file, { root: host.root }));
    const domain = openDomain(xml);
    const crossing = await crossingOf(domain, nameOf(file), host);
    return { ...guestDemand(domain, host.pageSize), crossing };
  } catch (error) {
    throw error instanceof InvalidInput ? named(nameOf(file), error) : error;
  }
}

/** Warnings where a guest's frames cross NUMA nodes. */
async function crossingOf(
  domain: Domain,
  file: string,
  { root, ofSwitch }: PlanHost,
): Promise<string[]> {
  const { hostQuestions, numaFindings } = await import('../../../domain/validate/index.js');
  const { readHostFacts } = await import('../../../system/facts.js');
  const facts = { ...readHostFacts(hostQuestions(domain), root), ...ofSwitch };
  return numaFindings(domain, facts).map(
    ({ path, problem, remedy }) => `${file}: ${path}: ${problem}; ${remedy}`,
  );
}
