import { Child } from './child.js';
import type { Peer } from './options.js';
import {
  conditions,
  listens,
  type Place,
  type Running,
  type Subject,
  twoSockets,
} from './subject.js';

/** Huge pages for a program of which we know nothing. */
const PAGES = 256;

/** Any vhost-user switch that listens at two sockets, started by the caller's command. */
export function peer({ name, words }: Peer): Subject {
  return { name, version: words[0] ?? '', pages: PAGES, start: (place) => start(words, place) };
}

/** The command's words, each {0} and {1} replaced by a socket's path. No shell reads them. */
export function peerCommand(
  words: readonly string[],
  sockets: readonly [string, string],
): string[] {
  return words.map((word) => word.replace(/\{([01])\}/g, (_, i) => sockets[Number(i)] ?? ''));
}

async function start(words: readonly string[], place: Place): Promise<Running> {
  const sockets = twoSockets(place.folder);
  const command = ['-c', '0', ...peerCommand(words, sockets)];
  const child = new Child('taskset', command, conditions(place));
  try {
    await listens(child, sockets);
  } catch (error) {
    await child.end();
    throw error;
  }
  return { sockets, process: child, stop: () => child.end() };
}
