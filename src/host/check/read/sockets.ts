import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import { listeningPaths } from '../../../system/listening.js';
import { namesIn, readText } from '../../../system/text.js';
import { walk } from '../../../system/walk.js';
import type { Way } from '../../../values/access.js';
import type { SocketFacts } from '../facts.js';
import type { Ask } from './programs.js';

export async function readSockets(folder: string, ask: Ask, root: string): Promise<SocketFacts> {
  const heard = listeningPaths(readText(join(root, 'proc/net/unix')) ?? '');
  const stale = namesIn(join(root, folder)).filter((name) => {
    return isSocket(join(root, folder, name)) && !heard.has(join(folder, name));
  });
  const way = walk(folder, root);
  const listed = await readListed(way, ask, root);
  return { folder, way, ...(listed && { listed }), stale };
}

/** A `+` behind the mode is an access list, in the words of ls. */
async function readListed({ steps }: Way, ask: Ask, root: string): Promise<string[] | undefined> {
  const paths = steps.filter(({ kind }) => kind === 'folder').map(({ path }) => path);
  const answer = await ask('ls', ['-ldn', '--', ...paths.map((path) => join(root, path))]);
  if (!('text' in answer)) return undefined;
  const listed = answer.text.split('\n').filter((line) => /^\S{10}\+/.test(line));
  return paths.filter((path) => listed.some((line) => line.endsWith(` ${join(root, path)}`)));
}

function isSocket(path: string): boolean {
  try {
    return lstatSync(path).isSocket();
  } catch {
    return false; // gone since it was listed
  }
}
