/** RFC 2544's throughput: the highest rate at which no frame is lost, by halving. */

/** What one trial said: whether it lost nothing. */
export interface Verdict {
  /** Frames a second. */
  rate: number;
  passed: boolean;
}

export interface SearchOptions {
  /** Where it begins: a rate above what can be expected. */
  limit: number;
  /** It ends when both bounds are within this share of the limit. */
  resolution: number;
}

/** The highest rate that passed, below the lowest one that failed. 0, and the limit: none did. */
export function boundsOf(verdicts: readonly Verdict[], limit: number): [number, number] {
  const failed = verdicts.filter(({ passed }) => !passed).map(({ rate }) => rate);
  const high = Math.min(...failed, limit);
  const passed = verdicts.filter(({ rate, passed }) => passed && (rate < high || !failed.length));
  return [Math.max(0, ...passed.map(({ rate }) => rate)), high];
}

/** The rate of the next trial; undefined: the lower bound is the result. */
export function nextRate(
  verdicts: readonly Verdict[],
  { limit, resolution }: SearchOptions,
): number | undefined {
  if (verdicts.length === 0) return Math.round(limit);
  const [low, high] = boundsOf(verdicts, limit);
  return high - low <= resolution * limit ? undefined : Math.round((low + high) / 2);
}

/** What a trial showed. */
export interface Trial {
  /** Frames a second that were wanted, and those that the load sent while it had its processor. */
  rate: number;
  offered: number;
  lost: number;
  /** Of those, what found no room while the forwarder stood still, and for how many nanoseconds it did. */
  stalled: number;
  stalledNs: number;
  /** Nanoseconds that others had the forwarder's processor, as the kernel knows, and the load's. */
  away: number;
  taken: number;
}

/** The load sends a little less than it shall, by the clock's grain and its start. */
const SHORT = 0.01;
/** What the host takes in short pieces, the kernel does not tell. */
const UNTOLD_NS = 1e6;

/**
 * What was lost while others had the forwarder's processor, and it stood still as long, does not
 * count. `repeat`: the trial does not, as all that was lost may be due to others, but nothing shows
 * that it is. `slow`: nothing was lost, but the load cannot send more.
 */
export function judge(trial: Trial): 'passed' | 'failed' | 'slow' | 'repeat' {
  const { rate, offered, lost, stalled, stalledNs, away, taken } = trial;
  const excused = stalledNs <= 1.1 * away + UNTOLD_NS ? stalled : 0;
  if (lost > excused) return lost - excused > ((away + taken) / 1e9) * rate ? 'failed' : 'repeat';
  return offered < rate * (1 - SHORT) ? 'slow' : 'passed';
}
