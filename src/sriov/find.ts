/** Finds PFs and VFs by the user's names. */
import { hasNet } from '../system/devices/nets.js';
import { readDevice } from '../system/devices/pci.js';
import type { Pf, Vf } from '../system/devices/vfs.js';
import { InvalidInput, type Trouble } from '../values/errors.js';
import { pciAddress } from '../values/pci.js';
import { nameOf } from './names.js';

/** Valid names of network interfaces (dev_valid_name). Nothing else becomes part of a path. */
export function isNetName(name: string): boolean {
  return /^[^\s/:]{1,15}$/.test(name) && name !== '.' && name !== '..';
}

/** A PF by its address or its network interface. `root` stands for `/`. @throws InvalidInput */
export function findPf(pfs: readonly Pf[], name: string, root = '/'): Pf {
  const address = pciAddress(name);
  const pf = pfs.find((one) =>
    address === undefined ? one.nets.some((net) => net.name === name) : one.address === address,
  );
  if (pf) return pf;
  throw new InvalidInput(noPf(pfs, name, address, root));
}

function noPf(
  pfs: readonly Pf[],
  name: string,
  address: string | undefined,
  root: string,
): Trouble {
  const known = pfs.slice(0, 8).map(nameOf);
  const remedy =
    known.length > 0
      ? `this host has ${known.join(', ')}`
      : "no network card here has SR-IOV: turn it on in the BIOS, see 'lspci -vs ADDRESS'";
  const thing = name || 'PF';
  const of = pfs.find(({ vfs }) =>
    vfs.some((vf) => vf.address === address || vf.nets.some((net) => net.name === name)),
  );
  if (of) return { thing, problem: `this is a VF of ${nameOf(of)}`, remedy };
  const behind = representedBy(pfs, name);
  if (behind) return { thing, ...behind };
  if (address === undefined && !isNetName(name)) {
    return { thing, problem: 'is neither a network interface nor a PCI address', remedy };
  }
  const there =
    address === undefined ? hasNet(name, root) : readDevice(address, root) !== undefined;
  if (there) return { thing, problem: 'it has no SR-IOV', remedy };
  const what = address === undefined ? 'network interface' : 'PCI device';
  return { thing, problem: `this host has no such ${what}`, remedy };
}

/** What to say of an interface that stands for a VF. */
function representedBy(
  pfs: readonly Pf[],
  name: string,
): Pick<Trouble, 'problem' | 'remedy'> | undefined {
  const vf = pfs.flatMap(({ vfs }) => vfs).find(({ representor }) => representor === name);
  const pf = pfs.find(({ address }) => address === vf?.pf);
  if (!vf || !pf) return undefined;
  const of = nameOf(pf);
  const problem = `this stands for VF ${vf.index} of ${of} (a representor)`;
  return { problem, remedy: `the PF is ${of}, the VF ${of}/${vf.index}` };
}

/** A VF of a PF by its number. @throws InvalidInput */
export function vfOf(pf: Pf, index: number): Vf {
  const vf = pf.vfs.find((one) => one.index === index);
  if (vf) return vf;
  throw new InvalidInput({ thing: nameOf(pf), ...noVf(pf, index) });
}

/** Why a PF has no VF with that number. */
export function noVf(pf: Pf, index: number): Pick<Trouble, 'problem' | 'remedy'> {
  const name = nameOf(pf);
  const last = pf.vfs.at(-1)?.index;
  if (last === undefined) {
    return { problem: 'it has no VFs', remedy: `make some: vmlane sriov set ${name} 4` };
  }
  return { problem: `it has no VF ${index}`, remedy: `give 0 to ${last}` };
}

/** A VF as `PF/NUMBER` or by its address or its network interface. @throws InvalidInput */
export function findVf(pfs: readonly Pf[], name: string, root = '/'): Vf {
  const [, pf, index] = /^([^/]+)\/(\d{1,5})$/.exec(name) ?? [];
  if (pf !== undefined) return vfOf(findPf(pfs, pf, root), Number(index));
  const address = pciAddress(name);
  const vf = pfs
    .flatMap(({ vfs }) => vfs)
    .find((one) =>
      address === undefined ? one.nets.some((net) => net.name === name) : one.address === address,
    );
  if (vf) return vf;
  const thing = name || 'VF';
  const remedy = "give 0000:3b:02.1, or PF/NUMBER such as ens1f0/3; 'vmlane sriov list' has them";
  if (pfs.some((one) => one.address === address || one.nets.some((net) => net.name === name))) {
    throw new InvalidInput({ thing, problem: 'this is a PF, not a VF', remedy });
  }
  const behind = representedBy(pfs, name);
  if (behind) throw new InvalidInput({ thing, ...behind });
  if (address === undefined && !isNetName(name)) {
    throw new InvalidInput({ thing, problem: 'is no VF', remedy });
  }
  const there =
    address === undefined ? hasNet(name, root) : readDevice(address, root) !== undefined;
  const problem = there ? 'it is no VF' : 'this host has no such device';
  throw new InvalidInput({ thing, problem, remedy });
}
