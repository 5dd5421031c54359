/** Who uses a VF. */
import type { PciFunction, Processes } from '../../values/devices.js';
import type { DomainUses } from './domains.js';

/** Facts about users. */
export interface Uses {
  /** Processes by their open IOMMU group. */
  vfio: Processes['vfio'];
  /** libvirt's answer, if it was asked. */
  domains: DomainUses;
  /** Network namespaces of interfaces outside ours, by the device's address. */
  elsewhere: ReadonlyMap<string, string>;
}

export interface Use {
  /** `process 123 (testpmd)`, `guest web1`, `this host, as eth3`. */
  by: string;
  /** False: a domain that is off names it. */
  active: boolean;
  /** How to end the use. */
  remedy: string;
}

/** All users of a function, the active ones first. Pure. */
export function usesOf(device: PciFunction, uses: Uses): Use[] {
  const holders = uses.vfio.get(device.group ?? '') ?? [];
  const domains = uses.domains.get(device.address) ?? [];
  const guests = new Set(holders.flatMap(({ guest }) => guest ?? []));
  const elsewhere = uses.elsewhere.get(device.address);
  const found: Use[] = [
    ...holders.map(({ pid, program, guest }) =>
      guest === undefined
        ? active(`process ${pid} (${program})`, `end it: kill ${pid}`)
        : active(`guest ${guest} (process ${pid})`, `shut it down: virsh shutdown ${guest}`),
    ),
    ...domains
      .filter(({ name }) => !guests.has(name))
      .map(({ name, running }) => {
        const use = active(`domain ${name}`, `shut it down: virsh shutdown ${name}`);
        return running ? use : { ...use, by: `domain ${name} (off)`, active: false };
      }),
    ...device.nets
      .filter(({ up }) => up)
      .map(({ name }) => active(`this host, as ${name}`, `ip link set ${name} down`)),
    ...(elsewhere === undefined ? [] : [active(elsewhere, 'take its interface out of there')]),
  ];
  return found.sort((a, b) => Number(b.active) - Number(a.active));
}

function active(by: string, remedy: string): Use {
  return { by, active: true, remedy };
}
