/** Reads a host into plain data for the checks. */
import { join } from 'node:path';
import { qemuAccount } from '../../../system/account.js';
import { namesIn, readText } from '../../../system/text.js';
import { walk } from '../../../system/walk.js';
import { openKvm } from '../../facts.js';
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
import { readVfio } from './vfio.js';

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
  const ask = given ?? (here ? askProgram : askNobody);
  const [dmesg, versions, nics, asked] = await Promise.all([
    ask('dmesg', []),
    readVersions(ask, root),
    readNics(ask, root),
    here ? readSwitch(look.switch) : undefined,
  ]);
  const logs = readLogs(dmesg, root);
  const account = qemuAccount(root);
  const daemon = readDaemon(root);
  return {
    purpose: look.purpose,
    cpu: readCpu(root),
    kvm: { open: openKvm(root), way: walk('/dev/kvm', root) },
    cmdline: (readText(join(root, 'proc/cmdline')) ?? '').split(/\s+/).filter(Boolean),
    iommu: {
      groups: namesIn(join(root, 'sys/kernel/iommu_groups')).length,
      unsafe: readText(join(root, UNSAFE))?.startsWith('Y') === true,
    },
    pages: readPageFacts(root),
    limits: readLimits(daemon, root),
    vfio: readVfio(root),
    versions,
    daemon,
    ...(account && { account }),
    conf: readConf(root),
    security: readSecurity(logs.kernel, root),
    sockets: await readSockets(look.socketDir, ask, root),
    ...(asked && { switch: asked }),
    nics,
    guests: readGuests(root),
    logs,
  };
}

const UNSAFE = 'sys/module/vfio/parameters/enable_unsafe_noiommu_mode';

function readCpu(root: string): Facts['cpu'] {
  const flags = /^flags\s*: *(.*)$/m.exec(readText(join(root, 'proc/cpuinfo')) ?? '')?.[1];
  return flags === undefined ? {} : { flags: new Set(flags.split(' ')) };
}
