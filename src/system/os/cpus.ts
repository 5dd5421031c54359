/** CPUs and NUMA nodes of the host. */
import { cpuSet } from '../../values/cpu-set.js';
import { lookAt, type Root } from '../look/index.js';

/** Numbers of the online CPUs or nodes; undefined: unknown. */
export function readOnline(
  kind: 'cpu' | 'node',
  root: Root = '/',
): ReadonlySet<number> | undefined {
  const text = lookAt(root).text(`/sys/devices/system/${kind}/online`);
  const numbers = cpuSet(text ?? '');
  return numbers && new Set(numbers);
}

/** The CPUs allowed for this process, ascending; empty if unknown. */
export function allowedCpus(root: Root = '/'): number[] {
  const status = lookAt(root).text('/proc/self/status') ?? '';
  return cpuSet(/^Cpus_allowed_list:\s*(\S+)$/m.exec(status)?.[1] ?? '') ?? [];
}

/** The CPUs of a NUMA node, ascending; empty if unknown. */
export function cpusOfNode(node: number, root: Root = '/'): number[] {
  const text = lookAt(root).text(`/sys/devices/system/node/node${node}/cpulist`);
  return cpuSet(text?.trim() ?? '') ?? [];
}

/** vmx, svm, hypervisor …; undefined: not reported for this kind of CPU. */
export function cpuFlags(root: Root = '/'): ReadonlySet<string> | undefined {
  const flags = field('flags', root);
  return flags === undefined ? undefined : new Set(flags.split(' '));
}

/** `GenuineIntel`, `AuthenticAMD` … */
export function cpuVendor(root: Root = '/'): string | undefined {
  return field('vendor_id', root);
}

/** A field of the first CPU. */
function field(name: string, root: Root): string | undefined {
  const text = lookAt(root).text('/proc/cpuinfo') ?? '';
  return new RegExp(`^${name}\\s*: *(.*)$`, 'm').exec(text)?.[1];
}
