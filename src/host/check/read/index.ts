/** Reads a host into plain data for the checks. */
import { qemuAccount } from '../../../system/accounts/qemu.js';
import { walk } from '../../../system/accounts/walk.js';
import { isVfioUnsafe, readModules } from '../../../system/devices/drivers.js';
import { countGroups } from '../../../system/devices/pci.js';
import { lookAt } from '../../../system/look/index.js';
import { cpuFlags } from '../../../system/os/cpus.js';
import { kernelWords } from '../../../system/os/kernel.js';
import { openKvm } from '../../../system/os/kvm.js';
import type { Facts } from '../facts.js';
import type { Purpose } from '../finding.js';
import { readConf } from './conf.js';
import { readDaemon, readLimits } from './daemon.js';
import { readGuests } from './guests.js';
import { readLogs } from './logs.js';
import { readNics } from './nics.js';
import { readPageFacts } from './pages.js';
import { type Ask, askNobody, askProgram } from './programs.js';
import { readSecurity } from './security.js';
import { readSockets } from './sockets.js';
import { readSwitch } from './switch.js';
import { readVersions } from './versions.js';

const VFIO = ['vfio', 'vfio_pci', 'vfio_iommu_type1'];

/** What is to be looked at. */
export interface Look {
  purpose: Purpose;
  /** Folder for the sockets of guests. */
  socketDir: string;
  /** Control socket of the switch. */
  switch: string;
  /** Stands for `/`; programs and the switch are asked only where it is `/`. */
  root: string;
}

/** Changes nothing. `ask` is for tests. */
export async function readFacts({ root, ...look }: Look, given?: Ask): Promise<Facts> {
  const here = root === '/';
  const host = lookAt(root);
  const flags = cpuFlags(host);
  const ask = given ?? (here ? askProgram : askNobody);
  const [dmesg, versions, nics, asked] = await Promise.all([
    ask('dmesg', []),
    readVersions(ask, host),
    readNics(ask, host),
    here ? readSwitch(look.switch) : undefined,
  ]);
  const logs = readLogs(dmesg, host);
  const account = qemuAccount(host);
  const daemon = readDaemon(host);
  return {
    purpose: look.purpose,
    cpu: flags ? { flags } : {},
    kvm: { open: openKvm(host), way: walk('/dev/kvm', root) },
    cmdline: kernelWords(host),
    iommu: {
      groups: countGroups(host),
      unsafe: isVfioUnsafe(host),
    },
    pages: readPageFacts(host),
    limits: readLimits(daemon, host),
    vfio: { ...readModules(VFIO, host), device: host.exists('/dev/vfio/vfio') },
    versions,
    daemon,
    ...(account && { account }),
    conf: readConf(host),
    security: readSecurity(logs.kernel, host),
    sockets: await readSockets(look.socketDir, ask, host),
    ...(asked && { switch: asked }),
    nics,
    guests: readGuests(host),
    logs,
  };
}
