/** The flag of a listening socket in /proc/net/unix. Source: __SO_ACCEPTCON, linux/net.h. */
const LISTENING = 0x10000;

/** Paths of the listening sockets in the text of /proc/net/unix. */
export function listeningPaths(table: string): Set<string> {
  const rows = table.split('\n').map((row) => /^\S+ \S+ \S+ (\S+) \S+ \S+ +\S+ (.+)$/.exec(row));
  return new Set(
    rows.flatMap((row) =>
      row && Number.parseInt(row[1] ?? '', 16) & LISTENING ? [row[2] ?? ''] : [],
    ),
  );
}
