/** Like Promise.all, but waits for all others when one has failed. */
export async function all<T extends unknown[]>(
  work: { [K in keyof T]: Promise<T[K]> },
): Promise<T> {
  await Promise.allSettled(work);
  return (await Promise.all(work)) as T;
}
