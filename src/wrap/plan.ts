import { statSync } from 'node:fs';
import type { Port, PortRequest } from '../contract/types.js';
import type { WrapSettings } from '../host/wrap/settings/index.js';
import { architectureOf, type Rewrite, rewrite, type Version } from '../qemu/index.js';
import { answerDeadlineMs } from '../switch/deadline.js';
import { readTokens } from '../switch/vf-token.js';
import { readHost } from '../system/host.js';
import { mtuTrouble } from '../values/frame-mtu.js';
import { checkEmulator } from './checks.js';
import type { Plan } from './records.js';
import { checkSteps } from './steps.js';

/** A running switch answers in well under a millisecond. libvirt waits meanwhile. */
const DEADLINE_MS = 3000;

/** What the wrapper's bash knows. */
export interface Called {
  /** The path by which the wrapper was called. */
  wrapper: string;
  /** QEMU's version; waits for its answer. */
  version(): Version | undefined;
}

/**
 * The plan for bash, with the command to exec, once everything that it needs exists: the emulator, the
 * socket folder, the huge pages and, for every rewritten NIC, its port in the switch, or the socket that it
 * has. QEMU waits forever for a peer that does not come, so the start is refused here if something is
 * missing. A stale socket file stays: QEMU removes it when it binds.
 * @throws InvalidInput, Failed
 */
export async function prepare(
  argv: readonly string[],
  settings: WrapSettings,
  called: Called,
): Promise<Plan> {
  checkEmulator(settings.emulator, called.wrapper);
  const { policy, emulator } = settings;
  const architecture = architectureOf(emulator);
  const read = readHost(argv, policy);
  const tokens = await readTokens(argv, read.configs ?? new Map(), settings.switchSocket);
  const version = called.version();
  const host = { ...read, ...tokens, architecture, ...(version && { version }) };
  const rewritten = rewrite(argv, policy, host);
  checkSteps(rewritten.steps, policy.backend);
  if (rewritten.ports.length > 0) await ready(rewritten, settings);
  return { steps: rewritten.steps, vector: [emulator, ...rewritten.argv] };
}

/**
 * Whether this is somebody who adds ports: root, or whose switch it is. QEMU's user adds none, as it could then
 * put a guest into any VLAN: libvirt's hook does it, or an administrator.
 */
function addsPorts({ switchSocket }: WrapSettings): boolean {
  const uid = process.geteuid?.() ?? 0;
  return uid === 0 || statSync(switchSocket, { throwIfNoEntry: false })?.uid === uid;
}

async function ready(rewritten: Rewrite, settings: WrapSettings): Promise<void> {
  const wanted = rewritten.ports;
  if (addsPorts(settings)) {
    try {
      return await readySwitch(rewritten, settings);
    } catch (error) {
      // Root, but a security module keeps QEMU from the control socket: as any other user.
      if ((error as { cause?: NodeJS.ErrnoException }).cause?.code !== 'EACCES') throw error;
    }
  }
  // Loaded only here: a guest without a NIC for the switch does not need it.
  const [{ checkStart }, { readStartFacts, hugePagesTrouble }, { readLaid }, files] =
    await Promise.all([
      import('../guests/checks.js'),
      import('../guests/start-facts.js'),
      import('../guests/laid.js'),
      import('../guests/memory-files.js'),
    ]);
  const facts = readStartFacts(wanted, { as: 'self', made: false });
  const pages = pagesOf(settings);
  checkStart({
    ...{ guest: 'the guest', wanted, ...facts },
    memoryFile: files.memoryFileFact(rewritten),
    laid: readLaid(wanted, facts.listening ?? new Set()),
    ...(pages !== undefined && { hugePages: hugePagesTrouble(pages) }),
  });
}

/** The mount of the guest's huge pages, if it needs one. */
function pagesOf({ policy: { memory } }: WrapSettings): string | undefined {
  return memory.source.kind === 'huge' ? memory.source.folder : undefined;
}

/** Dials first: on a fresh host the switch is what the user has to start. */
async function readySwitch(rewritten: Rewrite, settings: WrapSettings): Promise<void> {
  const { ports: wanted, mtu } = rewritten;
  const [{ SwitchClient }, { registerPorts }, { checkStart }, facts, files] = await Promise.all([
    import('../switch/client.js'),
    import('../switch/register.js'),
    import('../guests/checks.js'),
    import('../guests/start-facts.js'),
    import('../guests/memory-files.js'),
  ]);
  const deadlineMs = answerDeadlineMs(process.env, DEADLINE_MS);
  const options = { deadlineMs, name: 'qemu-wrap' };
  const client = await SwitchClient.connect(settings.switchSocket, options);
  try {
    const pages = pagesOf(settings);
    const ports = await facts.settledPorts(client, wanted);
    checkStart({
      // The rewritten arguments share the memory.
      ...{ guest: 'the guest', wanted, memoryFile: files.memoryFileFact(rewritten) },
      ...facts.readStartFacts(wanted, { as: 'self' }),
      ...(pages !== undefined && { hugePages: facts.hugePagesTrouble(pages) }),
      ports,
      relayMac: await relayMac(wanted, ports),
      ...(mtu !== undefined && { mtu: mtuTrouble(mtu, (await client.info()).max_frame) ?? null }),
    });
    await registerPorts(client, wanted);
  } finally {
    client.close();
  }
}

/** Loads what looks at VFs, which is more than all else together, only where there are relays. */
async function relayMac(wanted: readonly PortRequest[], ports: readonly Port[]) {
  if (!ports.some(({ relay }) => relay)) return null;
  const { relayMacFact } = await import('../guests/relay-vfs.js');
  return relayMacFact({ wanted, ports });
}
