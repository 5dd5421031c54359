/** What busybox's ping printed. */
export interface PingResult {
  sent: number;
  /** Round-trip times in milliseconds, one for each reply, by sequence number. */
  times: Map<number, number>;
}

/** Reads ping's output; duplicates of a reply count once. */
export function parsePing(output: string): PingResult {
  const times = new Map<number, number>();
  for (const [, sequence, time] of output.matchAll(/\bseq=(\d+) .*time=([\d.]+) ms/g)) {
    if (!times.has(Number(sequence))) times.set(Number(sequence), Number(time));
  }
  const sent = Number(/^(\d+) packets transmitted/m.exec(output)?.[1] ?? 0);
  return { sent, times };
}

/** One line for a person: `5 of 5 replies, round trip 0.8/1.2/2.0 ms (least/mean/most)`. */
export function describePing({ sent, times }: PingResult): string {
  const replies = `${times.size} of ${sent} replies`;
  if (times.size === 0) return replies;
  const all = [...times.values()];
  const mean = all.reduce((sum, time) => sum + time, 0) / all.length;
  const figures = [Math.min(...all), mean, Math.max(...all)].map((time) => time.toFixed(1));
  return `${replies}, round trip ${figures.join('/')} ms (least/mean/most)`;
}
