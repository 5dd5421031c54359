/** Interfaces of VFs in other network namespaces, which sysfs does not show. */

import { execa } from 'execa';
import { otherNetworks } from '../../system/processes/namespaces.js';
import type { PciFunction } from '../../values/devices.js';
import { VFIO } from '../names.js';
import { parseLinks } from '../vfs/links.js';

/**
 * For functions that have a network driver but no interface here: the namespace with the interface,
 * in words. Namespaces of processes and of `ip netns`; only root can enter them.
 */
export async function readElsewhere(
  devices: readonly PciFunction[],
): Promise<ReadonlyMap<string, string>> {
  const away = devices.filter(
    ({ driver, nets }) => nets.length === 0 && driver !== undefined && driver !== VFIO,
  );
  const found = new Map<string, string>();
  if (away.length === 0) return found;
  for (const { path, name } of otherNetworks()) {
    const words = [`--net=${path}`, 'ip', '-json', '-details', 'link', 'show'];
    const ran = await execa('nsenter', words, { reject: false, stdin: 'ignore', timeout: 5_000 });
    // Gone meanwhile, or not permitted: unknown then.
    if (ran.exitCode !== 0) continue;
    for (const { name: net, device } of parseLinks(ran.stdout, path)) {
      if (!away.some(({ address }) => address === device)) continue;
      found.set(device ?? '', `${name}, as ${net}`);
    }
  }
  return found;
}
