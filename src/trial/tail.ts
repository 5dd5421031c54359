import { readFile } from 'node:fs/promises';

/** The last lines of a log, or why it cannot be read. */
export async function tail(file: string, lines = 15): Promise<string> {
  const text = await readFile(file, 'utf8').catch((error: Error) => error.message);
  return text.replaceAll('\r', '').trimEnd().split('\n').slice(-lines).join('\n');
}
