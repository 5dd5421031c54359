/** Which kernel the guests boot. */
import { basename, join } from 'node:path';
import { lookAt, type Root } from '../system/look/index.js';
import { kernelRelease } from '../system/os/kernel.js';
import { byName } from '../values/by-name.js';
import { InvalidInput } from '../values/errors.js';

/** A kernel and the folder of its modules. */
export interface Kernel {
  file: string;
  modules: string;
}

/** What the user has named; the host's own otherwise. */
export interface Named {
  kernel?: string | undefined;
  modules?: string | undefined;
}

/**
 * The kernel that this host runs, or its newest one that can be read: in a container the host runs another one, and
 * some distributions let only root read them. @throws InvalidInput if there is none
 */
export function findKernel({ kernel, modules }: Named, root: Root = '/'): Kernel {
  const look = lookAt(root);
  const isThere = (file: string) =>
    look.trouble(file) === undefined && look.stat(file)?.kind === 'file';
  if (kernel !== undefined) {
    if (isThere(kernel))
      return { file: kernel, modules: modules ?? `/lib/modules/${releaseOf(kernel)}` };
    const problem = `no kernel can be read there (${look.trouble(kernel) ?? 'it is no file'})`;
    throw new InvalidInput({ thing: kernel, problem, remedy: 'name a file such as /boot/vmlinuz' });
  }
  const running = kernelRelease(look);
  const installed = look.names('/lib/modules').sort(newestFirst);
  const names = look.names('/boot').filter((name) => name.startsWith('vmlinuz-'));
  const others = names.map((name) => releaseOf(name)).sort(newestFirst);
  for (const release of [running, ...others, ...installed]) {
    for (const file of [`/boot/vmlinuz-${release}`, `/lib/modules/${release}/vmlinuz`]) {
      if (isThere(file)) return { file, modules: modules ?? `/lib/modules/${release}` };
    }
  }
  throw new InvalidInput({
    thing: '/boot',
    problem: 'has no kernel that can be read, as in a container',
    remedy: 'run as root, or name a kernel and its modules with --kernel and --modules',
  });
}

function releaseOf(file: string): string {
  return basename(file).replace(/^vmlinu[xz]-/, '');
}

function newestFirst(a: string, b: string): number {
  return byName(b, a);
}

/** What a guest's virtio NIC is driven by. */
const DRIVERS = ['virtio_pci', 'virtio_net'];

/**
 * Files of the modules for the guests' NIC, in the order in which they are loaded; none where all are built in. A folder
 * without modules.dep has exactly these, and their names say the order. @throws InvalidInput if a driver is missing
 */
export function modulesOf({ file, modules }: Kernel, root: Root = '/'): string[] {
  const look = lookAt(root);
  const dep = look.text(join(modules, 'modules.dep'));
  if (dep === undefined) {
    const names = look.names(modules).filter((name) => name.endsWith('.ko'));
    if (names.length > 0) return names.sort().map((name) => join(modules, name));
    const problem = `of ${file}: there are none`;
    const remedy = "name the folder of the kernel's modules with --modules";
    throw new InvalidInput({ thing: modules, problem, remedy });
  }
  const needs = new Map(dep.split('\n').map((line) => dependencies(line)));
  const builtin = new Set(
    (look.text(join(modules, 'modules.builtin')) ?? '').split('\n').map(nameOf),
  );
  const found = DRIVERS.filter((driver) => !builtin.has(driver)).flatMap((driver) => {
    const path = [...needs.keys()].find((one) => nameOf(one) === driver);
    // The last one listed needs none of the others.
    if (path !== undefined) return [...(needs.get(path) ?? []).toReversed(), path];
    const problem = `has no ${driver}, which the guests' network card needs`;
    throw new InvalidInput({
      thing: modules,
      problem,
      remedy: 'name another kernel with --kernel',
    });
  });
  return [...new Set(found)].map((path) => join(modules, path));
}

/** A line of modules.dep: `kernel/drivers/net/virtio_net.ko.xz: kernel/net/core/failover.ko.xz …`. */
function dependencies(line: string): [path: string, needs: string[]] {
  const [path = '', needs = ''] = line.split(':');
  return [path, needs.split(' ').filter(Boolean)];
}

/** `kernel/drivers/net/virtio-net.ko.xz`: virtio_net. */
function nameOf(path: string): string {
  return basename(path)
    .replace(/\.ko(\.\w+)?$/, '')
    .replaceAll('-', '_');
}
