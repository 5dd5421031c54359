/** Reports progress. */
export type Say = (text: string) => void;

/** Prefixes lines with the seconds since the start; continuation lines are aligned. */
export function progress(
  start = Date.now(),
  write: (text: string) => unknown = (text) => process.stdout.write(text),
): Say {
  return (text) => write(`${stamped((Date.now() - start) / 1000, text.trimEnd())}\n`);
}

/** The text as progress has it after these seconds. */
export function stamped(seconds: number, text: string): string {
  const indented = text.replaceAll('\n', `\n${' '.repeat(10)}`);
  return `[${seconds.toFixed(1).padStart(5)} s] ${indented}`;
}
