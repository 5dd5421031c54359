/** Reads the host's facts about its VFs. */
import { plainFirmware } from '../system/devices/drivers.js';
import { readGroup } from '../system/devices/pci.js';
import type { Pf, Vf } from '../system/devices/vfs.js';
import { lookAt } from '../system/look/index.js';
import { kernelWords } from '../system/os/kernel.js';
import { readProcesses } from '../system/processes/guests.js';
import type { PciFunction } from '../values/devices.js';
import type { Surroundings } from './ready.js';
import type { DomainUses } from './users/domains.js';
import { readElsewhere } from './users/namespaces.js';
import { type Uses, usesOf } from './users/uses.js';
import { type Link, readLinks, type VfSettings } from './vfs/links.js';

/** Users of these functions. `root` stands for `/`; other network namespaces are read only on this host. */
export async function readUses(
  devices: readonly PciFunction[],
  domains: DomainUses,
  root = '/',
): Promise<Uses> {
  const elsewhere = root === '/' ? await readElsewhere(devices) : new Map<string, string>();
  return { vfio: readProcesses(root).vfio, domains, elsewhere };
}

/** Settings of a PF's VFs, by number; none if the PF has no network interface. Rejects with Failed if `ip` does. */
export type SettingsReader = (pf: Pf) => Promise<ReadonlyMap<number, VfSettings>>;

/** For several PFs: `ip`, which tells of all interfaces, runs at the first one. `root` stands for `/`. */
export function settingsReader(root = '/', deadlineMs?: number): SettingsReader {
  let links: Promise<Link[]> | undefined;
  return async ({ nets }) => {
    links ??= readLinks(root, deadlineMs);
    return (await links).find(({ name }) => name === nets[0]?.name)?.vfs ?? new Map();
  };
}

/** Of one PF, as it is now. */
export function readSettings(pf: Pf, root = '/'): ReturnType<SettingsReader> {
  return settingsReader(root)(pf);
}

/** The facts for `readiness`. */
export async function readSurroundings(
  vf: Vf,
  pf: Pf,
  domains: DomainUses,
  root = '/',
): Promise<Surroundings> {
  const group = vf.group ?? '';
  const files = ['/dev/vfio/vfio', `/dev/vfio/${group}`];
  const look = lookAt(root);
  return {
    vf,
    pf,
    members: vf.group === undefined ? [] : readGroup(vf.group, root),
    uses: usesOf(vf, await readUses([vf], domains, root)),
    settings: await readSettings(pf, root),
    cmdline: kernelWords(look),
    missing: files.filter((file) => !look.exists(file)),
    firmware: plainFirmware(root),
  };
}
