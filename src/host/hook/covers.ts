import type { HostFacts } from '../../domain/index.js';
import { lookAt, type Root } from '../../system/look/index.js';
import { InvalidInput } from '../../values/errors.js';
import { HOOK_PATHS, isHook, readHook } from './file.js';
import { parseSettings } from './settings.js';

/** The folders of sockets that our hook covers, if it is installed and readable. */
export function hookCovers(root: Root = '/'): Pick<HostFacts, 'hook'> {
  const text = lookAt(root).text(`/${HOOK_PATHS.qemu}`);
  if (text === undefined || !isHook(text)) return {};
  try {
    return { hook: parseSettings(readHook(text).settings ?? '').socketDirs };
  } catch (error) {
    // The hook's settings are invalid: it would refuse the start.
    if (error instanceof InvalidInput) return {};
    throw error;
  }
}
