/** A target's time on one processor. */
export interface Slice<T> {
  target: T;
  seconds: number;
}

/**
 * Shares the time of `processors` among targets alike, so that all are busy to the end: the targets are
 * put one after the other on the first processor; one that reaches its end goes on at the beginning of
 * the next one's (McNaughton's rule), never on two at a time.
 */
export function schedule<T>(
  targets: readonly T[],
  seconds: number,
  processors: number,
): Slice<T>[][] {
  const share = Math.min(seconds, (seconds * processors) / targets.length);
  const plan: Slice<T>[][] = [[]];
  let used = 0;
  for (const target of targets) {
    let left = share;
    while (left > 1e-6) {
      if (seconds - used < 1e-6) {
        plan.push([]);
        used = 0;
      }
      const now = Math.min(left, seconds - used);
      plan.at(-1)?.push({ target, seconds: now });
      used += now;
      left -= now;
    }
  }
  return plan;
}

/** Seconds in all in which each target gets `each`. */
export function secondsFor(each: number, targets: number, processors: number): number {
  return Math.max(each, (each * targets) / processors);
}
