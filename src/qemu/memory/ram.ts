import { Failed, InvalidInput, type Trouble } from '../../values/errors.js';
import { parseSize } from '../../values/size.js';
import type { Host } from '../host.js';
import type { Backend, HugePages, MemoryPolicy, MemorySource, Policy } from '../policy.js';
import { propertiesOf } from '../syntax/arguments.js';
import {
  get,
  isOn,
  keyval,
  type Properties,
  set,
  setNumbers,
  without,
} from '../syntax/properties.js';
import { has, need } from '../version.js';
import { type AnonymousRam, type GuestMemory, isShared } from './memory.js';
import { demandOf, type PageDemand, shortage } from './pages.js';

/** The memory objects for the guest's RAM, computed before any change. */
export interface RamPlan {
  /** By the -object that they replace; the same text if unchanged. */
  objects: ReadonlyMap<Properties, Properties>;
  /** For RAM that had no object. */
  created?: Properties;
  notes: string[];
}

/**
 * `own`: the guest's arguments have vhost-user NICs, whatever the policy's back end is.
 * @throws InvalidInput where private RAM would have to stay, Failed for too few huge pages
 */
export function planRam(memory: GuestMemory, policy: Policy, host: Host, own = false): RamPlan {
  const given = [...memory.backends].map(propertiesOf);
  const { source } = policy.memory;
  if (source.kind === 'keep') {
    if (own || reachesMemory(policy.backend))
      refusePrivate(memory, own ? 'vhost-user' : policy.backend.kind);
    checkPages(given, host);
    return { objects: new Map(), notes: [] };
  }
  if (source.kind === 'memfd' || nothingMoves(memory, source)) {
    return build(memory, policy.memory, source, host);
  }
  const lacks: Trouble[] = host.pools?.length === 0 ? [NO_HUGE_PAGES] : [];
  for (const candidate of sourcesOf(source, host)) {
    try {
      return build(memory, policy.memory, candidate, host);
    } catch (error) {
      if (!(error instanceof Failed)) throw error;
      lacks.push(error.trouble);
    }
  }
  const [first, ...others] = lacks as [Trouble, ...Trouble[]];
  const more = others.map(({ thing, problem }) => ` (${thing}: ${problem})`);
  const problem = [first.problem, ...more].join('');
  if (source.otherwise === 'refuse') throw new Failed({ ...first, problem });
  const plan = build(memory, policy.memory, { kind: 'memfd' }, host);
  return { ...plan, notes: [...plan.notes, `ordinary pages, not ${first.thing}: ${problem}`] };
}

const NO_HUGE_PAGES: Trouble = {
  thing: 'huge pages',
  problem: 'the kernel of this host has none',
  remedy: 'let guests have ordinary memory (memory: memfd)',
};

/** Without a chosen size: all of the host's sizes, the largest first. */
function sourcesOf(source: HugePages, host: Host): HugePages[] {
  if (host.pools?.length === 0) return [];
  const sizes = [...new Set(host.pools?.map((pool) => pool.pageSize))].sort((a, b) => b - a);
  if (source.folder !== undefined || source.pageSize !== undefined || sizes.length === 0) {
    return [source];
  }
  return sizes.map((pageSize) => ({ ...source, pageSize }));
}

const RENAMED =
  "this machine's name for its RAM is not known: states that were saved without qemu-wrap do not load";

type Source = Exclude<MemorySource, { kind: 'keep' }>;

function build(memory: GuestMemory, policy: MemoryPolicy, source: Source, host: Host): RamPlan {
  const objects = new Map<Properties, Properties>();
  for (const backend of memory.backends) {
    const given = propertiesOf(backend);
    let wanted = isShared(backend) ? given : shared(given, source, host);
    if (takesAll(policy, source, !staysWhere(given, source) && wanted !== given)) {
      wanted = set(wanted, 'prealloc', true);
    }
    objects.set(given, wanted);
  }
  const { anonymous } = memory;
  const created = anonymous && newObject(anonymous, policy, source, host);
  checkPages([...objects.values(), ...(created ? [created] : [])], host);
  const notes = anonymous?.renamed ? [RENAMED] : [];
  return { objects, notes, ...(created && { created }) };
}

/** Huge pages are allocated at the start: a shortage must fail there, not under load. */
function takesAll({ prealloc }: MemoryPolicy, source: Source, moved: boolean): boolean {
  return prealloc === 'always' || (prealloc === 'huge' && source.kind === 'huge' && moved);
}

/** Huge pages that no guest would get need not exist. */
function nothingMoves({ backends, anonymous }: GuestMemory, source: Source): boolean {
  if (anonymous !== undefined) return false;
  return [...backends].every((one) => isShared(one) || staysWhere(propertiesOf(one), source));
}

/** Whether its pages are as required, or in a file chosen by the operator. */
function staysWhere(given: Properties, source: Source): boolean {
  const type = get(given, 'qom-type');
  if (type === 'memory-backend-file') return true;
  if (type !== 'memory-backend-memfd') return false;
  return source.kind === 'memfd' || isOn(get(given, 'hugetlb'));
}

function shared(given: Properties, source: Source, host: Host): Properties {
  if (staysWhere(given, source)) return set(given, 'share', true);
  const moved = set(onPages(given, source, host), 'share', true);
  // memory-backend-ram names its block by id alone; the others do so only on request, and a
  // state saved under the other name would not load.
  return get(given, 'qom-type') === 'memory-backend-ram' ? keepName(moved, host) : moved;
}

function newObject(
  ram: AnonymousRam,
  policy: MemoryPolicy,
  source: Source,
  host: Host,
): Properties {
  const start = keyval('qom-type', 'memory-backend-ram', { id: ram.id, size: ram.bytes });
  // For the operator's own -mem-path, its own options decide whether to preallocate.
  let found =
    ram.path === undefined
      ? onPages(start, source, host)
      : set(set(start, 'qom-type', 'memory-backend-file'), 'mem-path', ram.path);
  if (ram.prealloc || takesAll(policy, source, ram.path === undefined)) {
    found = set(found, 'prealloc', true);
  }
  return keepName(set(found, 'share', true), host);
}

function onPages(object: Properties, source: Source, host: Host): Properties {
  const huge = source.kind === 'huge' ? source : undefined;
  const file = huge?.folder !== undefined;
  let found = set(object, 'qom-type', file ? 'memory-backend-file' : 'memory-backend-memfd');
  if (file) {
    found = without(found, (key) => ['hugetlb', 'hugetlbsize', 'seal'].includes(key));
    found = set(found, 'mem-path', huge.folder as string);
  } else {
    need(host, 'memory-backend-memfd', 'name a folder on huge pages in the settings');
  }
  if (huge && !file) {
    found = set(found, 'hugetlb', true);
    if (huge.pageSize !== undefined) found = set(found, 'hugetlbsize', huge.pageSize);
  }
  if (huge?.node === undefined || mentions(found, 'host-nodes')) return found;
  return set(setNumbers(found, 'host-nodes', [huge.node]), 'policy', 'bind');
}

function keepName(object: Properties, host: Host): Properties {
  const key = 'x-use-canonical-path-for-ramblock-id';
  return has(host, key) ? set(object, key, false) : object;
}

function mentions(object: Properties, key: string): boolean {
  return object.members.some((member) => member.key === key);
}

function checkPages(objects: readonly Properties[], host: Host): void {
  const demands = objects.flatMap((object): PageDemand[] => {
    const bytes = parseSize(get(object, 'size') ?? '', 'b');
    const demand = bytes === undefined ? undefined : demandOf(object, bytes, host);
    return demand ? [demand] : [];
  });
  const found = host.pools && shortage(demands, host.pools);
  if (found) throw new Failed(found);
}

/** Whether another process reads and writes the guest's memory. */
export function reachesMemory({ kind }: Backend): boolean {
  return kind === 'vhost-user' || kind === 'vhostfd';
}

function refusePrivate({ backends, anonymous }: GuestMemory, kind: string): void {
  const object = [...backends].find((one) => !isShared(one));
  if (object === undefined && anonymous === undefined) return;
  const id = object ? get(propertiesOf(object), 'id') : anonymous?.id;
  throw new InvalidInput({
    thing: `guest memory ${id}`,
    problem: `it is private and the settings keep it so, ${kind} cannot reach it`,
    remedy: 'share it (memory-backend-file or -memfd with share=on) or let the settings change it',
  });
}
