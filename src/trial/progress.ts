/** Reports progress. */
export type Say = (text: string) => void;

/** Prefixes lines with the seconds since the start; continuation lines are aligned. */
export function progress(
  start = Date.now(),
  write: (text: string) => unknown = (text) => process.stdout.write(text),
): Say {
  return (text) => {
    const seconds = ((Date.now() - start) / 1000).toFixed(1).padStart(5);
    const indented = text.trimEnd().replaceAll('\n', `\n${' '.repeat(10)}`);
    write(`[${seconds} s] ${indented}\n`);
  };
}
