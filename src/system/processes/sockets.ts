/** Listening Unix sockets: the only reader of /proc/net/unix. */
import { lookAt, type Root } from '../look/index.js';

/** The flag of a listening socket. Source: __SO_ACCEPTCON, linux/net.h. */
const LISTENING = 0x10000;

/** Paths of the listening sockets in this network namespace. */
export function readListening(root: Root = '/'): Set<string> {
  return listeningPaths(lookAt(root).text('/proc/net/unix') ?? '');
}

/** Paths of the listening sockets in the text of /proc/net/unix. */
export function listeningPaths(table: string): Set<string> {
  const rows = table.split('\n').map((row) => /^\S+ \S+ \S+ (\S+) \S+ \S+ +\S+ (.+)$/.exec(row));
  return new Set(
    rows.flatMap((row) =>
      row && Number.parseInt(row[1] ?? '', 16) & LISTENING ? [row[2] ?? ''] : [],
    ),
  );
}
