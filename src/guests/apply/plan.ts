/** What apply does: files and libvirt's domains in, steps out. Pure. */
import { comparable } from '../../domain/change/comparable.js';
import { digestOf, guestDigest, madeDigest } from '../../domain/change/mark.js';
import { type ApplyMark, completeDomain, type Domain } from '../../domain/index.js';
import type { DomainState } from '../../libvirt/index.js';
import { type Port, type PortRequest, type PortStep, planPorts } from '../../switch/index.js';
import type { InvalidInput } from '../../values/errors.js';
import { type OwnPorts, ownPorts, without } from '../ports.js';
import type { PlannedSeed } from '../seed.js';
import { movedDisks } from './disks.js';
import { identityTroubles } from './identity.js';
import { leftTroubles } from './left.js';
import type { PlanOptions } from './plan-options.js';
import type { Present, PresentDomains } from './present.js';
import type { Wanted } from './read.js';
import { reasons } from './reasons.js';
import { requestsOf } from './requests.js';

export type { PlanOptions } from './plan-options.js';

/** The plan for one domain. */
export interface DomainPlan {
  name: string;
  /** Absent if no file describes it. */
  file?: string;
  action: 'define' | 'redefine' | 'unchanged' | 'undefine';
  /** The reason; '' if it is obvious. */
  why: string;
  /** Its state now. */
  state: DomainState | 'absent';
  /** libvirt's definition and the new one, in comparable form; absent if there is nothing to compare. */
  difference?: { before: string; after: string };
  restart: 'no' | 'needed' | 'yes';
  start: boolean;
  /** What its autostart is set to; absent: it stays as it is. */
  autostart?: boolean;
  /** The present definition; absent if it has none. */
  before?: Domain;
  /** The new definition, and its mark. */
  domain?: Domain;
  mark?: ApplyMark;
  /** Images for cloud-init to make. */
  seeds: PlannedSeed[];
  /** Ports to register, and what happens to each. */
  requests: PortRequest[];
  steps: PortStep[];
  /** Ports without a NIC, to remove. */
  remove: Port[];
  /** Its ports that have no NIC once the plan is carried out. */
  gone: OwnPorts;
  /** Sockets that are free once it is off; absent if it is not stopped. */
  freed?: readonly string[];
}

/** The plan for all domains, or why nothing may be done. */
export interface Plan {
  domains: DomainPlan[];
  troubles: InvalidInput[];
}

/** `ports` are the switch's; undefined if it does not answer. @throws Failed for a port with the other listener */
export function planApply(
  wanted: readonly Wanted[],
  present: PresentDomains,
  ports: readonly Port[] | undefined,
  options: PlanOptions,
): Plan {
  const troubles = wanted.flatMap((one) => [
    ...identityTroubles(one, present),
    ...diskTroubles(one, present.wanted.get(one.name)),
  ]);
  if (troubles.length > 0) return { domains: [], troubles };
  const domains = wanted.map((one) =>
    planWanted(one, present.wanted.get(one.name), ports, options),
  );
  const left = present.left.map((one) => planLeft(one, ports));
  return { domains: [...domains, ...left], troubles: leftTroubles(present.left, options) };
}

function diskTroubles({ file, domain }: Wanted, present: Present | undefined): InvalidInput[] {
  const { definition } = present ?? {};
  if (definition === undefined || !isEdited(definition)) return [];
  return movedDisks(file, definition, domain);
}

/** Whether somebody has edited a definition since apply made it. */
function isEdited(definition: Domain): boolean {
  const { mark } = definition;
  return mark !== undefined && madeDigest(definition) !== mark.made;
}

function planWanted(
  { file, name, guest: spec, domain: given, completed, seeds }: Wanted,
  present: Present | undefined,
  ports: readonly Port[] | undefined,
  { set, named, folder, start: starts, restart: restarts, networks, there }: PlanOptions,
): DomainPlan {
  const { definition, live } = present ?? {};
  const former = definition ?? live;
  const again = former ? completeDomain(given, former) : completed;
  // If the text is the same, it has been parsed already.
  const domain = again.text === completed.text ? completed : again;
  const [old, running] = [definition?.mark, live?.mark];
  const edited = definition !== undefined && isEdited(definition);
  const [digest, guest] = [digestOf(given.text), guestDigest(domain)];
  const why = reasons({
    old,
    edited,
    changed: old?.digest !== digest,
    set,
    ...(!named && { folder }),
  });
  const same = old !== undefined && !edited && old.guest === guest;
  const last = Math.max(old?.generation ?? 0, running?.generation ?? 0);
  const generation = same ? old.generation : last + 1;
  const state = present?.info.state ?? 'absent';
  const pending = live !== undefined && running?.generation !== generation;
  const start = starts && (state === 'shut off' || state === 'absent');
  const restart = !pending ? 'no' : restarts ? 'yes' : 'needed';
  const runsOn = live === undefined || restart === 'yes' ? undefined : live;
  const has = (path: string) => {
    if (runsOn !== undefined) return pathsOf([runsOn]).includes(path);
    return start || restart === 'yes' || (ports?.some((port) => port.path === path) ?? false);
  };
  const asked = requestsOf(domain, definition, has, { networks, there });
  const gone = without(ownOf([definition, live]), ownOf([domain, runsOn]));
  const action = definition === undefined ? 'define' : why === '' ? 'unchanged' : 'redefine';
  return {
    ...{ name, file, action, state, restart, start, domain, gone, requests: asked },
    seeds: seeds.filter((seed) => seed.state !== 'here'),
    why: definition === undefined ? '' : why,
    ...(action === 'redefine' && definition && { difference: comparable(definition, domain) }),
    ...(definition !== undefined && { before: definition }),
    ...autostartOf(spec, present),
    mark: { set, folder, digest, guest, generation, made: '' },
    steps: ports ? planPorts(ports, asked) : [],
    remove: ports ? ports.filter(gone.has) : [],
    ...(restart === 'yes' && { freed: pathsOf([live]) }),
  };
}

/** A spec that does not say it leaves libvirt's. No digest has it: libvirt is asked each time. */
function autostartOf(
  spec: Wanted['guest'],
  present: Present | undefined,
): Pick<DomainPlan, 'autostart'> {
  const wanted = spec?.autostart;
  if (wanted === undefined || wanted === (present?.info.autostart ?? false)) return {};
  return { autostart: wanted };
}

/** The plan for a domain of the set that is to be removed. */
function planLeft(
  { info, definition, live }: Present,
  ports: readonly Port[] | undefined,
): DomainPlan {
  const { name, state } = info;
  const gone = ownOf([definition, live]);
  const none = { seeds: [], requests: [], steps: [] };
  return {
    ...{ name, state, action: 'undefine', why: 'no file describes it' },
    ...{ restart: 'no', start: false, gone, ...none },
    ...(definition && { before: definition }),
    remove: ports ? ports.filter(gone.has) : [],
    freed: pathsOf([live]),
  };
}

function ownOf(domains: readonly (Domain | undefined)[]): OwnPorts {
  return ownPorts(domains.filter((domain) => domain !== undefined));
}

/** Sockets of vhost-user NICs, without duplicates. */
function pathsOf(domains: readonly (Domain | undefined)[]): string[] {
  const nics = domains.flatMap((domain) => domain?.vhostUserInterfaces ?? []);
  return [...new Set(nics.map(({ path }) => path))];
}
