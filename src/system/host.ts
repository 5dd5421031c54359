import { configFiles, type Host, type Policy } from '../qemu/index.js';
import { readRegular } from './input.js';
import { lookAt, type Root } from './look/index.js';
import { readHugeMounts } from './memory/mounts.js';
import { namedPageSize } from './memory/nodes.js';
import { poolsOf, readPageCounts } from './memory/pages.js';
import { ownDescriptors, ownTaps } from './processes/own.js';

/**
 * This host's facts for rewriting QEMU's arguments, except QEMU's version. `root` stands for `/`, but not
 * for the files of -readconfig. Unreadable facts are absent.
 */
export function readHost(argv: readonly string[], policy: Policy, root: Root = '/'): Host {
  const look = lookAt(root);
  const { nics, backend } = policy;
  const wantsTaps = Array.isArray(nics) && nics.some((selector) => 'tap' in selector);
  const opensFiles = backend.kind === 'vhostfd' || backend.kind === 'tap-fd';
  return {
    ...readPages(look),
    configs: readConfigs(argv),
    ...(wantsTaps && { taps: ownTaps(look) }),
    ...(opensFiles && { descriptors: new Set(ownDescriptors(look)) }),
  };
}

/** The host's huge pages: pools by size and node, mounts, default size. */
export function readPages(
  root: Root = '/',
): Required<Pick<Host, 'pools' | 'mounts'>> & Pick<Host, 'defaultPageSize'> {
  const look = lookAt(root);
  const defaultPageSize = namedPageSize(look);
  return {
    pools: poolsOf(readPageCounts(look)),
    mounts: readHugeMounts(look),
    ...(defaultPageSize !== undefined && { defaultPageSize }),
  };
}

/** A pipe can be read only once, which QEMU needs to do. */
function readConfigs(argv: readonly string[]): Map<string, string> {
  return new Map(
    configFiles(argv).flatMap((path): [string, string][] => {
      const text = readRegular(path);
      return text === undefined ? [] : [[path, text]];
    }),
  );
}
