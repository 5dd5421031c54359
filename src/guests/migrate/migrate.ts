/** Moves a running guest to another host, with its ports, networks and limits. */
import { setTimeout as sleep } from 'node:timers/promises';
import { convertDomain, openDomain, unwrapDomain } from '../../domain/index.js';
import type { Found } from '../../host/check/finding.js';
import { askMigrationFacts } from '../../host/migration/ask.js';
import type { MigrationFacts } from '../../host/migration/facts.js';
import { isNoSuchDomain } from '../../libvirt/index.js';
import { type MigrationJob, migrateDomain, migrationJob } from '../../libvirt/migrate.js';
import { isRemote } from '../../libvirt/uri.js';
import { virsh } from '../../libvirt/virsh.js';
import { errorText, Failed, InvalidInput } from '../../values/errors.js';
import { type SshHost, sshHostOf } from '../../values/ssh-host.js';
import { type ConnectedHost, connectHost, mustReach } from '../host.js';
import { guestPorts, ownPorts } from '../ports.js';
import { removePorts, type Tell } from '../remove-ports.js';
import { guestInfo } from '../stop.js';
import { judgeMigration } from './judge.js';
import { needsOf } from './needs.js';

const LOOK_MS = 1000;
/** How long the guest's ports may take to be up there, once it runs. */
const UP_MS = 10_000;
/** How long the switch there may say nothing while the guest is on its way. */
const SILENT_MS = 10_000;
const MIB = 1024 * 1024;

/** Where to, and how. */
export interface MigrateOptions {
  /** URI of the other libvirt. Its host is asked by ssh, too: what its switch, hook and networks are. */
  to: string;
  /** By which ssh reaches it; absent: as in `to`. */
  ssh?: SshHost | undefined;
  /** Where QEMU there listens, `tcp://10.0.0.2`; absent: libvirt there says its host's name. */
  migrateUri?: string | undefined;
  /** The NICs that qemu-wrap has moved are native ones there. */
  native?: boolean | undefined;
  tell?: Tell | undefined;
  /** Ends the move; the guest runs on here. */
  signal?: AbortSignal | undefined;
}

/** A guest that has moved. */
export interface MigratedGuest {
  name: string;
  from: string;
  to: string;
  /** How long it did not run, and how long all took, in ms; null: libvirt there does not say. */
  downtime_ms: number | null;
  elapsed_ms: number | null;
  /** Its ports there, by name, with their state. */
  ports: { name: string; state: string }[];
}

interface Hosts {
  host: ConnectedHost;
  there: ConnectedHost;
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
  return (await factsOf(host, name, options)).found;
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
  const facts = await factsOf(host, name, options);
  const wrong = facts.found.find(({ level }) => level === 'failure');
  if (wrong) {
    const problem = `cannot move to ${options.to}: ${wrong.what} (${wrong.evidence})`;
    throw new Failed({ thing: `domain ${name}`, problem, remedy: wrong.remedy ?? '' });
  }
  const { tell = () => {} } = options;
  for (const { what, evidence, remedy } of facts.found.filter(({ level }) => level === 'warning'))
    tell(`${name}: ${what} (${evidence}); ${remedy}`);
  const there = await connectHost({ uri: options.to });
  try {
    await move({ host, there }, name, options, facts);
    return await arrived({ host, there }, name, options, facts).catch((error) => {
      const problem = `it has moved, and runs at ${options.to}, but: ${errorText(error)}`;
      throw new Failed(
        { thing: `domain ${name}`, problem, remedy: 'see to that' },
        { cause: error },
      );
    });
  } finally {
    await there.close();
  }
}

async function factsOf(host: ConnectedHost, name: string, options: MigrateOptions) {
  const ssh = options.ssh ?? mustSayHost(options.to);
  const info = await guestInfo(host, name);
  const domain = openDomain(await host.libvirt.xml(name));
  const client = ownPorts([domain]).none ? undefined : await mustReach(host, name);
  const networks = (await host.networks?.()) ?? [];
  const needs = needsOf(domain, info.state, (await client?.ports()) ?? [], networks);
  const there = await askMigrationFacts(ssh, options.signal);
  const found = [...judgeMigration(needs, there, { native: options.native === true })];
  return { info, domain, there, found, onSwitch: needs.nics.length > 0 };
}

function mustSayHost(to: string): SshHost {
  if (!isRemote(to)) {
    const problem = 'it is a libvirt of this host';
    throw new InvalidInput({ thing: to, problem, remedy: 'name another host' });
  }
  const found = sshHostOf(to);
  if (found) return found;
  const problem = 'it does not say how ssh reaches that host, whose vmlane is asked first';
  throw new InvalidInput({
    thing: to,
    problem,
    remedy: 'write qemu+ssh://HOST/system, or add --ssh HOST',
  });
}

async function move(
  { host, there }: Hosts,
  name: string,
  { to, migrateUri, native, tell = () => {}, signal }: MigrateOptions,
  facts: Facts,
): Promise<void> {
  const { uuid, persistent } = facts.info;
  const xml = native ? await nativeXml(host, uuid, facts.there) : undefined;
  const done = new AbortController();
  const lost = new AbortController();
  const beside = [
    tellProgress(host.uri, { name, uuid }, tell, done.signal),
    ...(facts.onSwitch ? [watchSwitch(there, lost, done.signal)] : []),
  ];
  const ended = AbortSignal.any([lost.signal, ...(signal ? [signal] : [])]);
  try {
    await migrateDomain({ from: host.uri, to, uuid, persistent, migrateUri, xml }, ended);
  } catch (error) {
    const where = await whereNow(host, name);
    const problem = signal?.aborted
      ? 'the move was given up'
      : `it has not moved: ${lost.signal.aborted ? lost.signal.reason : errorText(error)}`;
    throw new Failed({ thing: `domain ${name}`, problem, remedy: where }, { cause: error });
  } finally {
    done.abort();
    await Promise.all(beside);
  }
}

/** QEMU completes a move although the switch there has ended meanwhile; the guest would be without network. */
async function watchSwitch(
  there: ConnectedHost,
  lost: AbortController,
  done: AbortSignal,
): Promise<void> {
  const { client, ...why } = await there.reach();
  if (!client) return lost.abort('why' in why ? why.why : '');
  while (!(await elapsed(LOOK_MS, done))) {
    const answer = client.ports().then(
      () => true,
      () => false,
    );
    if (await Promise.race([answer, elapsed(SILENT_MS, done)])) continue;
    return lost.abort('the switch there does not answer any more');
  }
}

/** A guest that qemu-wrap runs, as a native one: what libvirt compares with the running one stays. */
async function nativeXml(
  host: ConnectedHost,
  uuid: string,
  there: MigrationFacts,
): Promise<string> {
  const text = await virsh(host.uri, [
    'dumpxml',
    '--domain',
    uuid,
    '--migratable',
    '--security-info',
  ]);
  const { after } = unwrapDomain(openDomain(text));
  const networks = { attached: there.networks, others: 'stay' } as const;
  return convertDomain(openDomain(after), { networks }).xml;
}

async function tellProgress(
  uri: string,
  { name, uuid }: { name: string; uuid: string },
  tell: Tell,
  done: AbortSignal,
): Promise<void> {
  let last = '';
  while (!(await elapsed(LOOK_MS, done))) {
    const job = await migrationJob(uri, uuid);
    const line = job && job.copied + job.left > 0 ? progressOf(job) : undefined;
    if (line === undefined || line === last) continue;
    last = line;
    tell(`${name}: ${line}`);
  }
}

function progressOf({ copied, left }: MigrationJob): string {
  return `${Math.round(copied / MIB)} MiB copied, ${Math.round(left / MIB)} MiB left`;
}

/** True: ended by the signal. */
async function elapsed(ms: number, done: AbortSignal): Promise<boolean> {
  return sleep(ms, false, { signal: done }).catch(() => true);
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

async function arrived(
  { host, there }: Hosts,
  name: string,
  { to, tell = () => {} }: MigrateOptions,
  { info, domain }: Facts,
): Promise<MigratedGuest> {
  const job = await migrationJob(to, info.uuid, { completed: true });
  // libvirt takes the definition along, but not that.
  if (info.autostart) await there.libvirt.autostart(name, true);
  await leave(host, name, ownPorts([domain]), tell);
  const ports = await portsThere(there, name, tell);
  return {
    ...{ name, from: host.uri, to, ports },
    downtime_ms: job?.downtimeMs ?? null,
    elapsed_ms: job?.elapsedMs ?? null,
  };
}

/** The hook here has removed its ports; without the hook, or if it was late, they go now. */
async function leave(
  host: ConnectedHost,
  name: string,
  own: ReturnType<typeof ownPorts>,
  tell: Tell,
): Promise<void> {
  if (own.none) return;
  const { busy } = await removePorts(await mustReach(host, name), own);
  for (const port of busy) tell(`port ${port}: somebody is connected to it here, so it stays`);
}

async function portsThere(
  there: ConnectedHost,
  name: string,
  tell: Tell,
): Promise<MigratedGuest['ports']> {
  for (const end = Date.now() + UP_MS; ; await sleep(100)) {
    const ports = await guestPorts(there, name);
    if (ports === undefined) {
      const reached = await there.reach();
      tell(`${name}: its ports there cannot be seen from here: ${'why' in reached && reached.why}`);
      return [];
    }
    const all = ports.map((port) => ({ name: port.name, state: port.state }));
    if (ports.every(({ state }) => state === 'up') || Date.now() >= end) return all;
  }
}
