/** Finds the wrapper's installation on this host, and checks its files. */
import { existsSync, realpathSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { ownNode, packageRoot } from '../../switch/paths.js';
import { Failed, InvalidInput, type Trouble } from '../../values/errors.js';
import { accessTroubles, partsOf, type Reader } from './access.js';

/** The wrapper's installation on this host. */
export interface Installation {
  /** The path that domains name; may be a link. */
  wrapper: string;
  /** The package's folder, with dist/ and templates/. */
  package: string;
  /** The Node that the wrapper will find. */
  node: string;
}

/** The PATH of a libvirtd that systemd started; a guest's wrapper gets the same. */
const LIBVIRT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'.split(':');

/** This package's wrapper. */
export function wrapperFile(): string {
  return join(packageRoot(), 'wrapper/qemu-wrap');
}

/** @throws InvalidInput for a path that is not a wrapper, Failed if libvirt would find no Node */
export function findInstallation(given: string | undefined, path = LIBVIRT_PATH): Installation {
  const wrapper = resolve(given ?? wrapperFile());
  const folder = existsSync(wrapper) ? dirname(dirname(realpathSync(wrapper))) : '/nowhere';
  const parts = ['wrapper/qemu-wrap', 'package.json', 'templates/apparmor'];
  if (!parts.every((part) => existsSync(join(folder, part)))) {
    const problem = 'this is not qemu-wrap';
    const remedy = 'name wrapper/qemu-wrap of a vmlane installation, or a link to it';
    throw new InvalidInput({ thing: wrapper, problem, remedy });
  }
  const node =
    ownNode(folder) ?? path.map((one) => join(one, 'node')).find((one) => existsSync(one));
  if (node === undefined) {
    const problem = `libvirt will not find it: it is not in ${path.join(':')}`;
    const link = `ln -s ${process.execPath} /usr/local/bin/node`;
    throw new Failed({ thing: 'node', problem, remedy: `link it there: ${link}` });
  }
  return { wrapper, package: folder, node };
}

/**
 * Refuses an installation that QEMU's user cannot run, or that other users could change: what they
 * wrote would run with QEMU's rights. `settings`: paths of the settings files. @throws Failed
 */
export function checkInstallation(
  { wrapper, package: folder, node }: Installation,
  settings: readonly string[],
  by: Reader,
): void {
  // All that Node loads: one file, or its snapshot, which there may be none of (setup/wrapper).
  const loaded = ['main.mjs', 'qemu-wrap.blob'].map((name) => join(folder, 'dist/wrap', name));
  const found = [
    ...accessTroubles(partsOf(wrapper), 'run', by),
    ...loaded
      .filter((path, i) => i === 0 || existsSync(path))
      .flatMap((path) => accessTroubles(partsOf(path), 'read', by)),
    ...accessTroubles(partsOf(node), 'run', by),
    ...settings.flatMap((path) => accessTroubles(partsOf(path), 'read', by)),
  ];
  const troubles = [...new Map(found.map((one) => [JSON.stringify(one), one])).values()];
  const [first, ...more] = troubles;
  if (first === undefined) return;
  const rest = more.length === 0 ? '' : ` (and ${more.length} more like this)`;
  throw new Failed({ ...first, remedy: first.remedy + rest } satisfies Trouble);
}
