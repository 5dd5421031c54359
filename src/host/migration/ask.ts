/** Asks another host for its facts, by the vmlane there. */
import { hostName, runThere } from '../../system/ssh/run.js';
import { Failed } from '../../values/errors.js';
import type { SshHost } from '../../values/ssh-host.js';
import { type MigrationFacts, migrationFacts } from './facts.js';

const WORDS = ['vmlane', 'host', 'check', '--for', 'migration', '--json'];

/** What that host has. Rejects as runThere, and with Failed if its vmlane is too old to tell. */
export async function askMigrationFacts(
  there: SshHost,
  signal?: AbortSignal,
): Promise<MigrationFacts> {
  const { stdout, stderr } = await runThere(there, WORDS, { signal });
  const found = migrationFacts.safeParse(factsIn(stdout));
  if (found.success) return found.data;
  const why = stderr.trim().split('\n').at(-1) ?? '';
  throw new Failed({
    thing: hostName(there),
    problem: `its vmlane does not tell what it has for guests of others${why && `: ${why}`}`,
    remedy: 'upgrade vmlane there',
  });
}

function factsIn(text: string): unknown {
  try {
    return (JSON.parse(text) as { facts?: unknown }).facts;
  } catch {
    // An older vmlane says on stderr that it knows no such purpose.
    return undefined;
  }
}
