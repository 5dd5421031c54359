import { join } from 'node:path';
import { walk } from '../../../system/accounts/walk.js';
import type { Look } from '../../../system/look/index.js';
import { readListening } from '../../../system/processes/sockets.js';
import type { PathWalk } from '../../../values/access.js';
import type { SocketFacts } from '../facts.js';
import type { Ask } from './programs.js';

export async function readSockets(folder: string, ask: Ask, look: Look): Promise<SocketFacts> {
  const heard = readListening(look);
  const stale = look.names(folder).filter((name) => {
    const path = join(folder, name);
    return look.stat(path, 'kept')?.kind === 'socket' && !heard.has(path);
  });
  const way = walk(folder, look.root);
  const listed = await readListed(way, ask, look);
  return { folder, way, ...(listed && { listed }), stale };
}

/** A `+` behind the mode is an access list, in the words of ls. */
async function readListed(
  { parts }: PathWalk,
  ask: Ask,
  look: Look,
): Promise<string[] | undefined> {
  const folders = parts.filter(({ kind }) => kind === 'folder');
  const paths = folders.map(({ path }) => ({ path, place: join(look.root, path) }));
  const answer = await ask('ls', ['-ldn', '--', ...paths.map(({ place }) => place)]);
  if (!('text' in answer)) return undefined;
  const lines = answer.text.split('\n').filter((line) => /^\S{10}\+/.test(line));
  const listed = paths.filter(({ place }) => lines.some((line) => line.endsWith(` ${place}`)));
  return listed.map(({ path }) => path);
}
