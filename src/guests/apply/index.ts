/** Brings libvirt's domains and the switch's ports in line with files. */
import { memoryTrouble } from '../../domain/index.js';
import { inTurn } from '../../system/files/lock.js';
import { InvalidInput } from '../../values/errors.js';
import { checkStart } from '../checks.js';
import { type ConnectedHost, type Reached, unreached } from '../host.js';
import { memoryFileFact } from '../memory-files.js';
import { mtuFact } from '../mtu.js';
import { networksFor } from '../networks.js';
import { relayMacFact } from '../relay-vfs.js';
import { type Tell, tellOutOfReach } from '../remove-ports.js';
import { readStartFacts } from '../start-facts.js';
import { carryOut, type Outcome } from './carry-out.js';
import { type DomainPlan, planApply } from './plan.js';
import { changesPower } from './power-steps.js';
import { readPresent } from './present.js';
import { type FileSet, type ReadOptions, readSet, refuse } from './read.js';

/** How far apply goes. */
export interface ApplyOptions extends Omit<ReadOptions, 'uri'> {
  /** The set that the guests belong to; absent: the folder's own, known by its name, path and host. */
  set?: string | undefined;
  /** Starts guests that are off. */
  start?: boolean | undefined;
  /** Stops and starts guests that run on another definition. */
  restart?: boolean | undefined;
  /** With restart: how long a guest may take to shut down; 60 s by default. */
  timeoutMs?: number | undefined;
  /** With restart: powers off guests that are not off by then. */
  force?: boolean | undefined;
  /** Undefines guests of the set that no file in the folder describes any more. */
  prune?: boolean | undefined;
  /** With prune: powers off those that run. */
  destroy?: boolean | undefined;
  /** Changes nothing. */
  dryRun?: boolean | undefined;
  /** Called with the plan before anything is changed. */
  onPlan?: ((domains: readonly DomainPlan[]) => void) | undefined;
  /** Stops the work between two steps. */
  signal?: AbortSignal | undefined;
}

/** What was planned, and what was done of it. */
export interface Applied extends Outcome {
  set: string;
  domains: readonly DomainPlan[];
}

const TIMEOUT_MS = 60_000;

/**
 * Brings guests and their ports in line with a file, or a folder, of specs and domain XML (README.md has
 * the rules). Rejects before anything is changed with InvalidSet, InvalidInput, SwitchError, and Failed if
 * a guest could not start or somebody else is applying this set. Later failures are in `errors`.
 */
export async function applySet(
  host: ConnectedHost,
  files: string | FileSet,
  options: ApplyOptions = {},
): Promise<Applied> {
  const { uri } = host;
  const read = typeof files === 'string' ? await readSet(files, { ...options, uri }) : files;
  const set = setName(read, options);
  if (options.dryRun) return apply(host, read, set, options);
  const lock = { key: `set ${uri} ${set}`, thing: `set ${set}`, others: 'it is being applied' };
  return inTurn(lock, () => apply(host, read, set, options));
}

async function apply(
  host: ConnectedHost,
  files: FileSet,
  set: string,
  options: ApplyOptions,
): Promise<Applied> {
  const { start = false, restart = false, prune = false, destroy = false } = options;
  const { tell = () => {}, signal = new AbortController().signal } = options;
  const reached = await host.reach();
  const present = await readPresent(host.libvirt, files.wanted, set, prune);
  const named = options.set !== undefined;
  const concerned = [
    ...files.wanted.map(({ domain }) => domain),
    ...[...present.wanted.values()].flatMap(({ definition }) => definition ?? []),
  ];
  const { domains, troubles } = planApply(
    files.wanted,
    present,
    reached.client && (await reached.client.ports()),
    {
      set,
      named,
      folder: files.folder,
      start,
      restart,
      destroy,
      networks: await networksFor(host, concerned),
      there: host.there,
    },
  );
  refuse(troubles);
  await checkStarts(host, domains, reached);
  tellUnreached(domains, reached, tell);
  options.onPlan?.(domains);
  const { timeoutMs = TIMEOUT_MS, force = false, dryRun = false } = options;
  const done = await carryOut(dryRun ? [] : domains, {
    ...{ host, client: reached.client, tell, signal },
    stop: { timeoutMs, force },
  });
  return { set, domains, ...done };
}

/** The set's name. @throws InvalidInput for an invalid one, and for pruning by a single file */
export function setName(files: FileSet, { set: given, prune = false }: ApplyOptions): string {
  if (prune && !files.whole) {
    const problem = 'needs a folder: one file says nothing of other guests';
    throw new InvalidInput({ thing: 'prune', problem, remedy: 'name the folder' });
  }
  const set = given ?? files.name;
  // What an XML attribute can hold.
  if (/^[^\p{Cc}\p{Cs}\ufffd-\uffff]{1,255}$/u.test(set)) return set;
  throw new InvalidInput({
    thing: given === undefined ? "the folder's name" : 'set',
    problem: `${JSON.stringify(set)} cannot be the name of a set`,
    remedy: 'name the set, such as guests',
  });
}

/**
 * Runs the checks before a start as far as possible before anything changes. Sockets of guests that are
 * stopped first count as free. The start itself checks again.
 */
async function checkStarts(
  { root }: ConnectedHost,
  domains: readonly DomainPlan[],
  reached: Reached,
): Promise<void> {
  const freed = new Set(domains.flatMap((one) => one.freed ?? []));
  const ports = (await reached.client?.ports())?.map((port) => {
    return freed.has(port.path) ? { ...port, state: 'waiting' as const } : port;
  });
  for (const plan of domains.filter(changesPower)) {
    const { name, requests: wanted, domain } = plan;
    const facts = root === undefined ? undefined : readStartFacts(wanted, { root });
    const listening = facts?.listening && [...facts.listening].filter((one) => !freed.has(one));
    checkStart({
      ...{ guest: `domain ${name}`, wanted, memory: (domain && memoryTrouble(domain)) ?? null },
      unreachable: reached.client ? null : unreached(name, reached),
      ...(reached.client && domain && { mtu: await mtuFact(reached.client, domain, wanted) }),
      ...(domain && root !== undefined && { memoryFile: memoryFileFact(domain, root) }),
      ...(ports &&
        root !== undefined && {
          relayMac: await relayMacFact({ domain, wanted, ports }, { root }),
        }),
      ...(facts?.folders && { folders: facts.folders }),
      ...(listening && { listening: new Set(listening) }),
      ...(ports && { ports }),
    });
  }
}

/** Says that the ports of guests that are not started stay as they are, as the switch is out of reach. */
function tellUnreached(domains: readonly DomainPlan[], reached: Reached, tell: Tell): void {
  if (reached.client) return;
  const needing = domains.filter(({ requests }) => requests.length > 0);
  if (needing.length > 0 && reached.error) throw reached.error;
  for (const { name } of needing) tell(`${name}: its ports are left alone: ${reached.why}`);
  for (const { name, gone } of domains) {
    if (!gone.none) tellOutOfReach(tell, name, reached);
  }
}
