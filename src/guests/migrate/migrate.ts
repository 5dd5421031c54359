/** Moves a running guest to another host, with its ports, networks and limits. */
import { openDomain } from '../../domain/index.js';
import { type Found, failure } from '../../host/check/finding.js';
import { askMigrationFacts } from '../../host/migration/ask.js';
import { type DomainInfo, isNoSuchDomain } from '../../libvirt/index.js';
import { migrateDomain } from '../../libvirt/migrate.js';
import { isRemote } from '../../libvirt/uri.js';
import { errorText, Failed, InvalidInput } from '../../values/errors.js';
import { type SshHost, sshHostOf } from '../../values/ssh-host.js';
import { type ConnectedHost, connectHost, mustReach } from '../host.js';
import { ownPorts } from '../ports.js';
import type { Tell } from '../remove-ports.js';
import { guestInfo } from '../stop.js';
import { type Arrival, arrive, type Hosts } from './arrive.js';
import { losesWrites } from './emulator.js';
import { judgeMigration, type Manner } from './judge.js';
import { nativeXml } from './native.js';
import { needsOf } from './needs.js';
import { tellProgress, watchSwitch } from './watch.js';

/** Where to, and how. */
export interface MigrateOptions extends Manner {
  /** URI of the other libvirt. Its host is asked by ssh, too: what its switch, hook and networks are. */
  to: string;
  /** By which ssh reaches it; absent: as in `to`. */
  ssh?: SshHost | undefined;
  /** Where QEMU there listens, `tcp://10.0.0.2`; absent: where libvirt there says, by its host's name. */
  migrateUri?: string | undefined;
  tell?: Tell | undefined;
  /** Ends the move; the guest runs on here. */
  signal?: AbortSignal | undefined;
}

/** A guest that has moved. */
export interface MigratedGuest extends Arrival {
  name: string;
  from: string;
  to: string;
}

type Facts = Awaited<ReturnType<typeof factsOf>>;

/**
 * Whether a guest could move, and what is in its way; changes nothing. @throws InvalidInput for a URI that is of this
 * host, or that says no host to ask; Failed if that cannot be asked
 */
export async function checkMigration(
  host: ConnectedHost,
  name: string,
  options: MigrateOptions,
): Promise<Found[]> {
  const info = await guestInfo(host, name);
  return withThere(options, async (there) => (await factsOf({ host, there }, info, options)).found);
}

/**
 * Moves it. Rejects before anything is changed with Failed if checkMigration finds a failure; later with what libvirt
 * says, and where the guest runs then.
 */
export async function migrateGuest(
  host: ConnectedHost,
  name: string,
  options: MigrateOptions,
): Promise<MigratedGuest> {
  const { to, tell = () => {} } = options;
  const info = await guestInfo(host, name);
  return withThere(options, async (there) => {
    const facts = await factsOf({ host, there }, info, options);
    const wrong = facts.found.find(({ level }) => level === 'failure');
    if (wrong) {
      const problem = `cannot move to ${to}: ${wrong.what} (${wrong.evidence})`;
      throw new Failed({ thing: `domain ${name}`, problem, remedy: wrong.remedy ?? '' });
    }
    for (const { level, what, evidence, remedy } of facts.found)
      if (level === 'warning') tell(`${name}: ${what} (${evidence}); ${remedy}`);
    await move({ host, there }, name, options, facts);
    const arrival = await arrive({ host, there }, facts, tell).catch((error) => {
      const problem = `it has moved, and runs at ${to}, but: ${errorText(error)}`;
      const remedy = 'see to that';
      throw new Failed({ thing: `domain ${name}`, problem, remedy }, { cause: error });
    });
    return { name, from: host.uri, to, ...arrival };
  });
}

/** With the other host's libvirt, and its switch by ssh. */
async function withThere<T>(
  { to, ssh }: MigrateOptions,
  use: (there: ConnectedHost) => Promise<T>,
): Promise<T> {
  const there = await connectHost({ uri: to, ssh: hostOf({ to, ssh }) });
  try {
    return await use(there);
  } finally {
    await there.close();
  }
}

async function factsOf({ host, there }: Hosts, info: DomainInfo, options: MigrateOptions) {
  const { name } = info;
  const domain = openDomain(await host.libvirt.xml(name));
  const client = ownPorts([domain]).none ? undefined : await mustReach(host, name);
  const networks = (await host.networks?.()) ?? [];
  const needs = needsOf(domain, info.state, (await client?.ports()) ?? [], networks);
  const asked = await askMigrationFacts(hostOf(options), options.signal);
  const found = [...judgeMigration(needs, asked, options)];
  const isOnSwitch = needs.nics.length > 0;
  const reached = isOnSwitch && 'version' in asked.switch ? await there.reach() : undefined;
  if (reached && !reached.client) {
    const what = 'its switch cannot be watched from here while the guest is on its way';
    const remedy = 'let sshd there forward sockets (AllowStreamLocalForwarding)';
    found.push(failure(what, reached.why, remedy));
  }
  const paused = losesWrites(needs) && !options.live;
  return { info, domain, asked, found, paused, watched: reached?.client };
}

/** @throws InvalidInput for a libvirt of this host, and one whose URI does not say how ssh reaches it */
function hostOf({ to, ssh }: Pick<MigrateOptions, 'to' | 'ssh'>): SshHost {
  if (!isRemote(to)) {
    const problem = 'it is a libvirt of this host';
    throw new InvalidInput({ thing: to, problem, remedy: 'name another host' });
  }
  const found = ssh ?? sshHostOf(to);
  if (found) return found;
  const problem = 'it does not say how ssh reaches that host, whose vmlane is asked first';
  throw new InvalidInput({
    thing: to,
    problem,
    remedy: 'write qemu+ssh://HOST/system, or add --ssh HOST',
  });
}

async function move(
  { host }: Hosts,
  name: string,
  { to, migrateUri, native, tell = () => {}, signal }: MigrateOptions,
  { info, asked, paused, watched }: Facts,
): Promise<void> {
  const { uuid, persistent } = info;
  const as = native ? await nativeXml(host, info, asked) : {};
  const done = new AbortController();
  const lost = new AbortController();
  const beside = [
    tellProgress(host.uri, { name, uuid }, tell, done.signal),
    ...(watched ? [watchSwitch(watched, lost, done.signal)] : []),
  ];
  const ended = AbortSignal.any([lost.signal, ...(signal ? [signal] : [])]);
  try {
    await migrateDomain({ from: host.uri, to, uuid, persistent, migrateUri, paused, ...as }, ended);
  } catch (error) {
    const where = await whereNow(host, name);
    const problem = signal?.aborted
      ? 'the move was given up'
      : `it has not moved: ${lost.signal.aborted ? lost.signal.reason : errorText(error)}`;
    // Nobody there could remove the port, and the switch will have it again.
    const left = lost.signal.aborted
      ? `; when the switch there is back, remove its ports: vmlane switch ports`
      : '';
    throw new Failed(
      { thing: `domain ${name}`, problem, remedy: `${where}${left}` },
      { cause: error },
    );
  } finally {
    done.abort();
    await Promise.all(beside);
  }
}

/** Where a guest is after a move that failed. */
async function whereNow(host: ConnectedHost, name: string): Promise<string> {
  try {
    const state = await host.libvirt.state(name);
    return state === 'running'
      ? 'it runs on here'
      : `it is ${state} here; see 'virsh list --all' on both hosts`;
  } catch (error) {
    if (!isNoSuchDomain(error)) throw error;
    return "it is no longer here; see 'virsh list --all' on the other host";
  }
}
