/** What a process had at the end of an interval. */
export interface Sample {
  minute: number;
  /** Which switch: another one after each restart. */
  pid: number;
  rssKiB: number;
  descriptors: number;
  threads: number;
}

/** Fewer samples of one switch say nothing. */
const LEAST = 5;
/** The first one of a switch's samples has not reached everything yet. */
const WARM_UP = 1;

/**
 * How much a value grew over the samples: the median of all slopes between two of them (Theil and Sen), so
 * that a single odd one does not count, times their span.
 */
export function growth(points: readonly { x: number; y: number }[]): number {
  const slopes: number[] = [];
  points.forEach((one, i) => {
    for (const other of points.slice(i + 1)) slopes.push((other.y - one.y) / (other.x - one.x));
  });
  slopes.sort((a, b) => a - b);
  const middle = slopes.length / 2;
  const median = ((slopes[Math.ceil(middle) - 1] ?? 0) + (slopes[Math.floor(middle)] ?? 0)) / 2;
  const first = points.at(0)?.x ?? 0;
  return median * ((points.at(-1)?.x ?? 0) - first);
}

export interface Grown {
  rssKiB: number;
  descriptors: number;
  threads: number;
}

/** Of the switch that lived longest; undefined: none lived long enough to say. */
export function grown(samples: readonly Sample[]): Grown | undefined {
  const lives = new Map<number, Sample[]>();
  for (const sample of samples) {
    lives.set(sample.pid, [...(lives.get(sample.pid) ?? []), sample]);
  }
  const [longest = []] = [...lives.values()].sort((a, b) => b.length - a.length);
  const judged = longest.slice(WARM_UP);
  if (judged.length < LEAST) return undefined;
  const of = (key: keyof Grown) => growth(judged.map((one) => ({ x: one.minute, y: one[key] })));
  return { rssKiB: of('rssKiB'), descriptors: of('descriptors'), threads: of('threads') };
}
