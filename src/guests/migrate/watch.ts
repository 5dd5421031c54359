/** What goes on beside a move: how far it is, and whether the switch there still answers. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type MigrationJob, migrationJob } from '../../libvirt/migrate.js';
import type { PortsClient } from '../host.js';
import type { Tell } from '../remove-ports.js';

const LOOK_MS = 1000;
/** How long the switch there may say nothing while the guest is on its way. */
const SILENT_MS = 10_000;
const MIB = 1024 * 1024;

/** Tells how much memory was copied, about once a second, until `done`. */
export async function tellProgress(
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

/**
 * Aborts `lost` when the switch there does not answer any more: QEMU would complete the move, and the guest would be
 * without network. Until `done`.
 */
export async function watchSwitch(
  client: Pick<PortsClient, 'ports'>,
  lost: AbortController,
  done: AbortSignal,
): Promise<void> {
  while (!(await elapsed(LOOK_MS, done))) {
    const round = new AbortController();
    const answer = client.ports().then(
      () => true,
      () => false,
    );
    const answers = await Promise.race([answer, elapsed(SILENT_MS, round.signal)]);
    round.abort();
    if (done.aborted) return;
    if (!answers) return lost.abort('the switch there does not answer any more');
  }
}

function progressOf({ copied, left }: MigrationJob): string {
  return `${Math.round(copied / MIB)} MiB copied, ${Math.round(left / MIB)} MiB left`;
}

/** True: ended by the signal. */
async function elapsed(ms: number, done: AbortSignal): Promise<boolean> {
  return sleep(ms, false, { signal: done }).catch(() => true);
}
