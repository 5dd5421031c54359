/** Live migration, by virsh: the bindings lack it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { virsh, withXmlFile } from './virsh.js';

/** Between two tries to abort a job. */
const ABORT_MS = 200;

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
  /** The domain as it is to run there, and its definition; absent: as they are here. */
  xml?: string | undefined;
  definition?: string | undefined;
  /** It does not run while it moves. */
  paused?: boolean | undefined;
}

/**
 * Moves it, and resolves when it runs there. `signal` aborts the move: the domain runs on where it was, unless it had
 * gone by then. Rejects with libvirt's reason, as an Error.
 */
export function migrateDomain(move: Move, signal?: AbortSignal): Promise<void> {
  const { xml, definition } = move;
  const withFile = (option: string, text: string | undefined, use: Use): Promise<void> =>
    text === undefined ? use([]) : withXmlFile(text, (file) => use([option, file]));
  return withFile('--xml', xml, (live) =>
    withFile('--persistent-xml', definition, (kept) => migrate(move, [...live, ...kept], signal)),
  );
}

type Use = (words: readonly string[]) => Promise<void>;

async function migrate(
  { from, to, uuid, persistent, migrateUri, paused }: Move,
  more: readonly string[],
  signal: AbortSignal | undefined,
): Promise<void> {
  signal?.throwIfAborted();
  const words = [
    ...['migrate', ...(paused ? [] : ['--live'])],
    ...['--domain', uuid, '--desturi', to],
    ...(persistent ? ['--persistent', '--undefinesource'] : []),
    ...(migrateUri === undefined ? [] : ['--migrateuri', migrateUri]),
    ...more,
  ];
  const ended = new AbortController();
  const aborting = abortJob(from, uuid, signal, ended.signal);
  try {
    // In a session of its own: Ctrl-C at the terminal is heard by who called this, and ends the move in order.
    await virsh(from, words, { detached: true });
  } finally {
    ended.abort();
    await aborting;
  }
}

/** From the signal on, until the move has ended: at first there is no job yet, as virsh only connects. */
async function abortJob(
  uri: string,
  uuid: string,
  signal: AbortSignal | undefined,
  ended: AbortSignal,
): Promise<void> {
  if (!signal || !(await firstOf(signal, ended))) return;
  while (!ended.aborted) {
    // Without a job it says so; how the move went, `migrate` says.
    await virsh(uri, ['domjobabort', '--domain', uuid]).catch(() => undefined);
    await sleep(ABORT_MS, undefined, { signal: ended }).catch(() => undefined);
  }
}

/** Waits for one of them. True: it is the first. */
function firstOf(signal: AbortSignal, other: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const heard = () => {
      signal.removeEventListener('abort', heard);
      other.removeEventListener('abort', heard);
      resolve(!other.aborted);
    };
    signal.addEventListener('abort', heard);
    other.addEventListener('abort', heard);
    if (signal.aborted || other.aborted) heard();
  });
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
