/** Live migration, by virsh: the bindings lack it. */
import { reasonOf, virsh, withXmlFile } from './virsh.js';

/** A move of a running domain from one libvirt to another. */
export interface Move {
  /** libvirt's URIs. */
  from: string;
  to: string;
  uuid: string;
  /** Its definition goes along, and leaves the old host. */
  persistent: boolean;
  /** Where the other QEMU listens, `tcp://10.0.0.2`; absent: where libvirt there says, by its host's name. */
  migrateUri?: string | undefined;
  /** The domain as it is to be there; absent: as it is here. */
  xml?: string | undefined;
}

/**
 * Moves it, and resolves when it runs there. `signal` aborts the move: the domain runs on where it was, unless it had
 * gone by then. Rejects with libvirt's reason, as an Error.
 */
export async function migrateDomain(move: Move, signal?: AbortSignal): Promise<void> {
  if (move.xml === undefined) return migrate(move, [], signal);
  const { xml } = move;
  return withXmlFile(xml, async (file) => {
    const persistent = move.persistent ? ['--persistent-xml', file] : [];
    await migrate(move, ['--xml', file, ...persistent], signal);
  });
}

async function migrate(
  { from, to, uuid, persistent, migrateUri }: Move,
  more: readonly string[],
  signal: AbortSignal | undefined,
): Promise<void> {
  const { execa } = await import('execa');
  const words = [
    ...['--quiet', '--connect', from, 'migrate', '--live', '--domain', uuid, '--desturi', to],
    ...(persistent ? ['--persistent', '--undefinesource'] : []),
    ...(migrateUri === undefined ? [] : ['--migrateuri', migrateUri]),
    ...more,
  ];
  // In a session of its own: Ctrl-C at the terminal is heard by who called this, and ends the move in order.
  const running = execa('virsh', words, {
    env: { LC_ALL: 'C' },
    stdin: 'ignore',
    detached: true,
    cleanup: false,
    reject: false,
  });
  const abort = () => {
    // It may have ended meanwhile; then there is nothing to abort, and `running` says how it went.
    virsh(from, ['domjobabort', '--domain', uuid]).catch(() => undefined);
  };
  signal?.addEventListener('abort', abort);
  if (signal?.aborted) abort();
  const ran = await running;
  signal?.removeEventListener('abort', abort);
  if (ran.exitCode === 0) return;
  throw new Error(reasonOf(ran.stderr) || `virsh migrate said nothing`);
}

/** A running migration, or the last one, as libvirt counts it. */
export interface MigrationJob {
  /** Bytes of memory that were copied, and that are left. */
  copied: number;
  left: number;
  /** Milliseconds that the guest did not run; absent while it is copied. */
  downtimeMs?: number;
  /** Milliseconds from begin to end, until now. */
  elapsedMs?: number;
}

/**
 * How far the migration of a domain is; with `completed`, how the last one went, which the host that it went to knows.
 * Undefined if there is none.
 */
export async function migrationJob(
  uri: string,
  uuid: string,
  { completed = false } = {},
): Promise<MigrationJob | undefined> {
  const words = [
    'domjobinfo',
    '--domain',
    uuid,
    '--rawstats',
    ...(completed ? ['--completed', '--keep-completed'] : []),
  ];
  // Without a domain there, there is no job either.
  const text = await virsh(uri, words).catch(() => '');
  return readJob(text);
}

/** virsh's `--rawstats`: a line `memory_processed: 97419264` for each value. Exported for tests. */
export function readJob(text: string): MigrationJob | undefined {
  const values = new Map(
    text.split('\n').flatMap((line): [string, number][] => {
      const [, key, value] = /^\s*(\w+):\s*(\d+)\s*$/.exec(line) ?? [];
      return key === undefined ? [] : [[key, Number(value)]];
    }),
  );
  const [copied, left] = [values.get('memory_processed'), values.get('memory_remaining')];
  if (copied === undefined || left === undefined) return undefined;
  const [downtimeMs, elapsedMs] = [values.get('downtime'), values.get('time_elapsed')];
  return {
    ...{ copied, left },
    ...(downtimeMs !== undefined && { downtimeMs }),
    ...(elapsedMs !== undefined && { elapsedMs }),
  };
}
