/** What is wrong with a domain, before libvirt or QEMU find out. Pure: XML and facts in, findings out. */
import { InvalidInput, type Trouble } from '../../values/errors.js';
import { InvalidFile } from '../../values/problems.js';
import type { Placed } from '../../xml/scan.js';
import { type Domain, openDomain } from '../domain.js';
import { CONSOLES } from './consoles.js';
import { CPU } from './cpu.js';
import { type Crowd, crowdIn } from './crowd.js';
import { DEVICES } from './devices.js';
import type { Facts, HostFacts, HostQuestions, Other } from './facts.js';
import { type Found, type Level, type Rule, visible } from './finding.js';
import { questionsOf } from './host-questions.js';
import { HUGE_PAGES } from './hugepages.js';
import { IDENTITY } from './identity.js';
import { IOTHREADS } from './iothreads.js';
import { ISOLATION } from './isolation.js';
import { MACHINE } from './machine.js';
import { MACS } from './macs.js';
import { MEMORY } from './memory.js';
import { NICS } from './nic-driver.js';
import { NUMA } from './numa.js';
import { PLUGGED } from './plugged.js';
import { REACH } from './reach.js';
import { RELAYS } from './relays.js';
import { SCHEMA_RULE, schemaFindings } from './schema.js';
import { SOCKETS } from './sockets.js';
import { subjectOf } from './subject.js';
import { OTHERS, otherOf } from './uses.js';
import { VFS } from './vfs.js';

export type { Facts, HostFacts, HostQuestions, HostRelay, Other, SchemaError } from './facts.js';
export type { Level } from './finding.js';
export { type Ask, askForError, SCHEMA_RULE, schemaText, type XmllintError } from './schema.js';

/** One thing that is wrong, or may behave unexpectedly. */
export interface Finding {
  /** Name of the rule that found it. */
  rule: string;
  level: Level;
  /** The XML is valid, but does not fit this host. */
  host: boolean;
  /** The path below `<domain>`: `devices/interface[2]/source`; `domain` for itself; '' if nothing could be read. */
  path: string;
  problem: string;
  remedy: string;
}

export const RULES: readonly Rule[] = [
  ...IDENTITY,
  ...MACHINE,
  ...MEMORY,
  ...PLUGGED,
  ...HUGE_PAGES,
  ...CPU,
  ...NICS,
  ...MACS,
  ...SOCKETS,
  ...ISOLATION,
  ...DEVICES,
  ...IOTHREADS,
  ...CONSOLES,
  ...VFS,
  ...RELAYS,
  ...REACH,
  ...NUMA,
  ...OTHERS,
];

/** The rule for input that is not a domain, or not a spec. */
export const INPUT_RULE = 'input';

/**
 * What is wrong with a domain, in the order of the text. Never throws for a text: XML that is not a domain
 * gives a finding of the rule `input`.
 */
export function validateDomain(given: string | Domain, facts: Facts = {}): Finding[] {
  const domain = placedOrRefused(given);
  if (!('children' in domain)) return [domain];
  const crowd = crowdIn(domain);
  if (crowd) return [crowdFinding(domain, crowd)];
  const subject = subjectOf(domain, facts);
  const found = RULES.flatMap(({ name, check }) =>
    [...check(subject)].map((one) => ({ rule: name, ...one })),
  );
  const errors = found.filter(({ level, host }) => level === 'error' && !host).map(({ at }) => at);
  const schema = schemaFindings(domain, facts.schema, errors);
  found.push(...schema.map((one) => ({ rule: SCHEMA_RULE, ...one })));
  const paths = pathsOf(domain);
  return found
    .sort((one, other) => one.at.start - other.at.start)
    .map((one) => finding(one, paths.get(one.at) ?? 'domain'));
}

/** What must be looked up on the host for a domain; nothing for XML that is not one. */
export function hostQuestions(given: string | Domain): HostQuestions {
  const domain = placedOrRefused(given);
  return 'children' in domain
    ? questionsOf(subjectOf(domain, {}))
    : { paths: [], memoryFiles: [], pci: [] };
}

/** A domain to compare others with; `host` for one of libvirt's. Undefined for XML that is not a domain. */
export function otherDomain(
  given: string | Domain,
  label: string,
  { host = false, running = false } = {},
): Other | undefined {
  const domain = placedOrRefused(given);
  return 'children' in domain ? otherOf(domain, label, host, running) : undefined;
}

/** What the rule for NUMA nodes says of a domain. Never throws for a text. */
export function numaFindings(given: string | Domain, host: HostFacts): Finding[] {
  const domain = placedOrRefused(given);
  if (!('children' in domain)) return [];
  const paths = pathsOf(domain);
  return NUMA.flatMap(({ name, check }) =>
    [...check(subjectOf(domain, { host }))].map((one) =>
      finding({ rule: name, ...one }, paths.get(one.at) ?? 'domain'),
    ),
  );
}

/** The problems of a file that could not be read, as findings. `file`: its name, with which the problems begin. */
export function refusalsOf(error: InvalidInput, file: string): Finding[] {
  const troubles = error instanceof InvalidFile ? error.troubles : [error.trouble];
  return troubles.map((one) => refusalOf(one, file));
}

function refusalOf({ thing, problem, remedy }: Trouble, file: string): Finding {
  const path = thing.startsWith(`${file}: `) ? thing.slice(file.length + 2) : '';
  const named = path === '' && thing !== file && thing !== 'domain XML' ? `${thing}: ` : '';
  const described = { problem: visible(named + problem), remedy: visible(remedy) };
  return { rule: INPUT_RULE, level: 'error', host: false, path: visible(path), ...described };
}

function placedOrRefused(given: string | Domain): Placed | Finding {
  try {
    return (typeof given === 'string' ? openDomain(given) : given).placed;
  } catch (error) {
    if (error instanceof InvalidInput) return refusalOf(error.trouble, '');
    throw error;
  }
}

function crowdFinding(domain: Placed, { at, problem, remedy }: Crowd): Finding {
  const path = visible(pathsOf(domain).get(at) ?? 'domain');
  return { rule: INPUT_RULE, level: 'error', host: false, path, problem: visible(problem), remedy };
}

function finding({ rule, level, host, problem, remedy }: Found & { rule: string }, path: string) {
  const described = { problem: visible(problem), remedy: visible(remedy) };
  return { rule, level, host: host === true, path: visible(path), ...described };
}

/** Paths of all elements; elements that share a name have a number from 1, as in XPath. */
function pathsOf(domain: Placed): Map<Placed, string> {
  const paths = new Map<Placed, string>([[domain, 'domain']]);
  // The map grows while it is read.
  for (const [parent, path] of paths) {
    const counts = new Map<string, number>();
    for (const { name } of parent.children) counts.set(name, (counts.get(name) ?? 0) + 1);
    const seen = new Map<string, number>();
    for (const child of parent.children) {
      const { name } = child;
      seen.set(name, (seen.get(name) ?? 0) + 1);
      const number = (counts.get(name) ?? 0) > 1 ? `[${seen.get(name)}]` : '';
      paths.set(child, `${parent === domain ? '' : `${path}/`}${name}${number}`);
    }
  }
  return paths;
}
