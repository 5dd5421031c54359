import type { Pf } from '../../system/devices/vfs.js';
import { readSettings } from '../host.js';
import { nameOf } from '../names.js';

/** The present owner of a MAC, in words: a PF, or a VF other than the one to get it. `root` stands for `/`. */
export async function ownerOf(
  mac: string,
  but: { pf: Pf; index: number },
  pfs: readonly Pf[],
  root = '/',
): Promise<string | undefined> {
  for (const pf of pfs) {
    const net = pf.nets.find((one) => one.mac === mac);
    if (net) return net.name;
    const settings = pf.vfs.length > 0 ? await readSettings(pf, root) : [];
    for (const [index, vf] of settings) {
      const itself = pf.address === but.pf.address && index === but.index;
      if (vf.mac === mac && !itself) return `VF ${index} of ${nameOf(pf)}`;
    }
  }
  return undefined;
}
