import { existsSync, readdirSync, readlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { HostLookup } from '../spec/index.js';

/** VFs as the kernel shows them below `root` (sysfs: net/PF/device/virtfnN, Linux 2.6.30). */
export function sysfsLookup(root = '/'): HostLookup {
  return {
    vfAddress(pf, index) {
      const device = join(root, 'sys/class/net', pf, 'device');
      if (!existsSync(join(root, 'sys/class/net', pf))) {
        const problem = `this host has no network device ${pf}`;
        return { problem, remedy: "see 'ip link', or give the VF's address" };
      }
      const vfs = existsSync(device)
        ? readdirSync(device).filter((name) => /^virtfn\d+$/.test(name))
        : [];
      const link = `virtfn${index}`;
      if (vfs.includes(link)) return basename(readlinkSync(join(device, link)));
      if (vfs.length === 0) {
        const problem = `${pf} has no VFs`;
        return { problem, remedy: `make some: echo 4 > /sys/class/net/${pf}/device/sriov_numvfs` };
      }
      const problem = `${pf} has no VF ${index}`;
      return { problem, remedy: `give 0 to ${vfs.length - 1}` };
    },
  };
}
