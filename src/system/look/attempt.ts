/**
 * The result of a read of the host; undefined if the system refuses: a process may end meanwhile, and a
 * missing file is a result, too. Other errors are defects of ours and are rethrown.
 */
export function attempt<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    return undefined;
  }
}
