import { plain } from '../../values/plain.js';
import type { Io } from '../io.js';
import { complete } from './complete.js';
import { type Ask, ask as askHost } from './names.js';

/** How long a shell waits at most: who presses Tab wants to type on. */
const DEADLINE_MS = 500;

/**
 * What a shell gets for the words after `vmlane`, of which it completes the last: the line `words`, and for each
 * candidate a line with it and, behind a tab, what it is; or the line `files`, when it is to complete names of
 * files. Whatever is wrong, there are no candidates.
 */
export async function completion(
  words: readonly string[],
  { env }: Pick<Io, 'env'>,
  { ask = askHost, deadlineMs = DEADLINE_MS }: { ask?: Ask; deadlineMs?: number } = {},
): Promise<string> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, deadlineMs);
  });
  const found = complete(words, env, ask).catch(() => undefined);
  const answer = (await Promise.race([found, late])) ?? undefined;
  clearTimeout(timer);
  if (answer?.files) return 'files\n';
  const lines = (answer?.candidates ?? []).map(({ word, what }) => `${word}\t${plain(what)}`);
  return ['words', ...lines, ''].join('\n');
}
