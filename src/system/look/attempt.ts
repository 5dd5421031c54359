/**
 * What looking at the host gives; undefined where the system refuses: a process may end while we look, and
 * what is not there tells as much. Other errors are ours and go on.
 */
export function attempt<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    return undefined;
  }
}
