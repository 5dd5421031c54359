import { readdirSync, readFileSync } from 'node:fs';
import { Failed } from '../../../values/errors.js';

/** Folder of the settings, unless VMLANE_SETTINGS names another. */
export const SETTINGS_FOLDER = '/etc/vmlane';

/** A settings file and its text. */
export interface Found {
  path: string;
  text: string;
}

/**
 * A folder's `wrap.yaml`, then `wrap.d/*.yaml` in byte order of their names, if they exist. Hidden files
 * are ignored, as in bash. @throws Failed for a file that cannot be read
 */
export function findFiles(folder: string): Found[] {
  const dropIns = read(`${folder}/wrap.d`, (path) => readdirSync(path)) ?? [];
  const names = dropIns.filter((name) => name.endsWith('.yaml') && !name.startsWith('.'));
  const sorted = names.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  const paths = [`${folder}/wrap.yaml`, ...sorted.map((name) => `${folder}/wrap.d/${name}`)];
  return paths.flatMap((path) => {
    const text = read(path, (file) => readFileSync(file, 'utf8'));
    return text === undefined ? [] : [{ path, text }];
  });
}

function read<T>(path: string, act: (path: string) => T): T | undefined {
  try {
    return act(path);
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    const remedy = `let uid ${process.getuid?.()} read it: the wrapper runs as QEMU's user`;
    throw new Failed(
      { thing: path, problem: `the settings cannot be read (${code})`, remedy },
      { cause: error },
    );
  }
}
