import type { Pf } from '../../system/devices/vfs.js';
import { settingsReader } from '../host.js';
import { nameOf } from '../names.js';

/** A PF, or a VF other than the one to get a MAC. */
export interface MacOwner {
  /** In words. */
  name: string;
  /** A VF of another PF: the two may be members of one bond. */
  mayShare: boolean;
}

/** The present owner of a MAC, first of all one that shares it with nobody. `root` stands for `/`. */
export async function ownerOf(
  mac: string,
  but: { pf: Pf; index: number },
  pfs: readonly Pf[],
  root = '/',
): Promise<MacOwner | undefined> {
  const owners: MacOwner[] = [];
  const settingsOf = settingsReader(root);
  for (const pf of pfs) {
    const net = pf.nets.find((one) => one.mac === mac);
    if (net) owners.push({ name: net.name, mayShare: false });
    const settings = pf.vfs.length > 0 ? await settingsOf(pf) : [];
    for (const [index, vf] of settings) {
      const same = pf.address === but.pf.address;
      if (vf.mac !== mac || (same && index === but.index)) continue;
      owners.push({ name: `VF ${index} of ${nameOf(pf)}`, mayShare: !same });
    }
  }
  return owners.find(({ mayShare }) => !mayShare) ?? owners[0];
}
