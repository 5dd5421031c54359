/** Which VF belongs to which port, before any exist, and what the kernel's links say. */

import type { Pf } from '../../system/devices/vfs.js';
import { pciParts, pciText } from '../../values/pci.js';

/** One VF, planned and actual. */
export interface PlannedVf {
  /** Number across all ports of the card, in the order of addresses. */
  number: number;
  /** Address of its PF, and its number there. */
  pf: string;
  index: number;
  /** From the PF's offset and stride; absent: the kernel does not report them. */
  address?: string;
  /** Its PF by the guide: VF n is at port n mod ports. */
  guide: string;
  /** Where `virtfnINDEX` leads; absent: there is no such VF yet. */
  link?: string;
  /** Whether the link agrees with address and guide; absent: no link yet. */
  verdict?: 'as planned' | 'another address' | 'another port than in the guide';
}

/** PFs of one card: the functions of its slot are its ports. */
export function portsOf(pf: Pf, all: readonly Pf[]): Pf[] {
  const slot = (address: string) => address.replace(/\.\d$/, '');
  return all.filter(({ address }) => slot(address) === slot(pf.address));
}

/** The numbering of the given number of VFs on each port (in the order of the ports). Pure. */
export function planVfs(ports: readonly Pf[], counts: readonly number[]): PlannedVf[] {
  const vfs = ports.flatMap((pf, port) =>
    Array.from({ length: counts[port] ?? 0 }, (_, index) => ({
      pf,
      port,
      index,
      id: idOf(pf, index),
    })),
  );
  // If addresses are unknown, the guide's order.
  vfs.sort((a, b) => (a.id ?? a.index) - (b.id ?? b.index) || a.port - b.port);
  return vfs.map(({ pf, index, id }, number) => {
    const guide = ports[number % ports.length]?.address ?? pf.address;
    const address = id === undefined ? undefined : addressOf(pf.address, id);
    const link = pf.vfs.find((one) => one.index === index)?.address;
    return {
      ...{ number, pf: pf.address, index, guide },
      ...(address !== undefined && { address }),
      ...(link !== undefined && { link, verdict: verdictOf({ pf, address, link, guide }) }),
    };
  });
}

function verdictOf(vf: { pf: Pf; address: string | undefined; link: string; guide: string }) {
  if (vf.address !== undefined && vf.address !== vf.link) return 'another address';
  return vf.guide === vf.pf.address ? 'as planned' : 'another port than in the guide';
}

/** Routing ID of a VF. Source: PCI Express, SR-IOV, First VF Offset and VF Stride. */
function idOf(pf: Pf, index: number): number | undefined {
  const { offset, stride } = pf;
  // Before Linux 4.13 no file has them; a PF without a VF so far may report 0.
  if (!offset || !stride) return undefined;
  return routingId(pf.address) + offset + stride * index;
}

/** Bus, device and function as one number. */
function routingId(address: string): number {
  const { bus, slot, function: fn } = pciParts(address);
  return (bus << 8) | (slot << 3) | fn;
}

function addressOf(pf: string, id: number): string {
  const { domain } = pciParts(pf);
  return pciText({ domain, bus: id >> 8, slot: (id >> 3) & 0x1f, function: id & 7 });
}
