/** Runs a program until a signal ends it: errors in one line, and a tidy end. */
import { errorText, VmlaneError } from '../values/errors.js';

/** One line on standard error. */
export function sayAs(name: string): (line: string) => void {
  return (line) => process.stderr.write(`${name}: ${line}\n`);
}

/** `main` gets a signal that aborts at SIGTERM or Ctrl-C; its result is printed. The process ends with it. */
export async function runProgram(
  name: string,
  main: (end: AbortSignal) => Promise<string | undefined>,
): Promise<void> {
  const end = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => end.abort());
  try {
    process.stdout.write((await main(end.signal)) ?? '');
    process.exitCode = 0;
  } catch (error) {
    const isOurs = error instanceof VmlaneError;
    sayAs(name)(isOurs ? error.message : `unexpected error: ${errorText(error)}`);
    process.exitCode = isOurs ? error.exitCode : 1;
  }
  // What gRPC or the API's client may still wait for is of no use any more.
  process.exit();
}
