/** All that is read of a host around its VFs. */
import { existsSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { readProcesses } from '../system/processes.js';
import { namesIn, readText } from '../system/text.js';
import type { PciFunction, Pf, Vf } from './read.js';
import { readGroup } from './read.js';
import type { Surroundings } from './ready.js';
import type { DomainUses } from './users/domains.js';
import { readElsewhere } from './users/namespaces.js';
import { type Uses, usesOf } from './users/uses.js';
import { readLinks, type VfSettings } from './vfs/links.js';

/** Users of these functions. `root` stands for `/`; other network namespaces are only this host's. */
export async function readUses(
  devices: readonly PciFunction[],
  domains: DomainUses,
  root = '/',
): Promise<Uses> {
  const elsewhere = root === '/' ? await readElsewhere(devices) : new Map<string, string>();
  return { vfio: readProcesses(root).vfio, domains, elsewhere };
}

/** Settings of a PF's VFs, by their numbers; none where the PF has no network interface. */
export async function readSettings(pf: Pf, root = '/'): Promise<ReadonlyMap<number, VfSettings>> {
  const links = await readLinks(root);
  const own = links.find(({ name }) => pf.nets.some((net) => net.name === name));
  return own?.vfs ?? new Map();
}

/** What `readiness` wants to know. */
export async function readSurroundings(
  vf: Vf,
  pf: Pf,
  domains: DomainUses,
  root = '/',
): Promise<Surroundings> {
  const group = vf.group ?? '';
  const files = ['dev/vfio/vfio', `dev/vfio/${group}`];
  return {
    vf,
    pf,
    members: vf.group === undefined ? [] : readGroup(vf.group, root),
    uses: usesOf(vf, await readUses([vf], domains, root)),
    settings: await readSettings(pf, root),
    cmdline: (readText(join(root, 'proc/cmdline')) ?? '').trim().split(/\s+/),
    missing: files.filter((file) => !existsSync(join(root, file))).map((file) => `/${file}`),
    firmware: plainFirmware(root),
  };
}

/** Links that lead to another firmware of nfp than that for SR-IOV; linux-firmware puts them back. */
function plainFirmware(root: string): string[] {
  const folder = join(root, 'lib/firmware/netronome');
  return namesIn(folder).filter((name) => {
    if (!name.endsWith('.nffw')) return false;
    try {
      return !readlinkSync(join(folder, name)).includes('sriov');
    } catch {
      // A file, put there by somebody who knows.
      return false;
    }
  });
}
