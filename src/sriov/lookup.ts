import { type HostLookup, noHost } from '../spec/index.js';
import { hasNet } from '../system/devices/nets.js';
import { readPfs } from '../system/devices/vfs.js';
import { noVf } from './find.js';

/**
 * VFs by their PF's network interface and their number, for specs. `root` stands for `/`. Which VF a relay joins sysfs
 * does not know.
 */
export function sysfsLookup(root = '/'): HostLookup {
  return {
    ...noHost,
    vfAddress(name, index) {
      const pf = readPfs(root).find(({ nets }) => nets.some((net) => net.name === name));
      const vf = pf?.vfs.find((one) => one.index === index);
      if (vf) return vf.address;
      if (pf) {
        const { problem, remedy } = noVf(pf, index);
        return { problem: problem.replace('it has', `${name} has`), remedy };
      }
      if (hasNet(name, root)) {
        return { problem: `${name} has no VFs`, remedy: "see 'vmlane sriov list'" };
      }
      const problem = `this host has no network device ${name}`;
      return { problem, remedy: "see 'ip link', or give the VF's address" };
    },
  };
}
