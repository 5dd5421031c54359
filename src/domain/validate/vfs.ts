/** Devices of the host that a guest gets: VFs above all. */

import { VLAN } from '../../contract/bounds.js';
import { inWords } from '../../qemu/memory/pages.js';
import { type PciDevice, type PciEndpoint, VFIO } from '../../values/devices.js';
import { attribute, childrenOf, down } from '../../xml/element.js';
import type { Placed } from '../../xml/scan.js';
import { type HostDevice, hostDevicesOf } from '../read/host-devices.js';
import { hasToken } from '../read/override.js';
import { bytesOf, whole } from '../read/values.js';
import type { HostFacts } from './facts.js';
import { error, type Found, type Rule, shown, unfit, warning } from './finding.js';
import type { Subject } from './subject.js';

export const VFS: readonly Rule[] = [
  { name: 'vf-address', check: addresses },
  { name: 'vf-unique', check: unique },
  { name: 'vf-vlan', check: vlans },
  { name: 'vf-present', check: present },
  { name: 'vf-token', check: tokens },
  { name: 'vf-driver', check: drivers },
  { name: 'vf-group', check: groups },
  { name: 'vf-free', check: free },
  { name: 'vf-memlock', check: memlock },
];

function* addresses({ domain }: Subject): Iterable<Found> {
  for (const { at, address } of hostDevicesOf(domain)) {
    if (address !== undefined) continue;
    const remedy = "write <address type='pci' domain='0' bus='0x01' slot='0x10' function='0'/>";
    yield error(at, 'does not tell which PCI device: bus, slot 0-0x1f, function 0-7', remedy);
  }
}

function* unique({ domain }: Subject): Iterable<Found> {
  const seen = new Set<string>();
  for (const { at, address } of hostDevicesOf(domain)) {
    if (address === undefined) continue;
    if (seen.has(address)) yield error(at, `${address} is given twice`, 'give each its own VF');
    seen.add(address);
  }
}

/** A PF accepts one tag for a VF, 0 for none. Source: virHostdevNetDevice..., IFLA_VF_VLAN. */
function* vlans({ domain }: Subject): Iterable<Found> {
  for (const { device, nic } of hostDevicesOf(domain)) {
    for (const at of nic ? childrenOf(device, 'vlan') : []) {
      const tags = childrenOf(at, 'tag').map((tag) => attribute(tag, 'id'));
      const [tag = ''] = tags;
      if (tags.length > 1 || attribute(at, 'trunk') === 'yes') {
        yield error(at, 'a VF has one VLAN, not a trunk', 'leave one <tag>');
      } else if (whole(tag, 0, 4095) === undefined) {
        yield error(at, `${shown(tag)} is no VLAN`, `give 1 to ${VLAN.max}, or 0 for none`);
      }
    }
  }
}

/** A domain's devices that exist on this host. */
function* found(
  subject: Subject,
): Iterable<HostDevice<Placed> & { is: PciEndpoint; host: HostFacts }> {
  const { host } = subject.facts;
  for (const one of host ? hostDevicesOf(subject.domain) : []) {
    const is = host?.pci.get(one.address ?? '');
    if (host && is) yield { ...one, is, host };
  }
}

function* present({ domain, facts: { host } }: Subject): Iterable<Found> {
  for (const { at, address, nic } of host ? hostDevicesOf(domain) : []) {
    const is = address === undefined ? undefined : host?.pci.get(address);
    if (address === undefined) continue;
    if (!is) {
      const remedy = 'VFs that are there: ls -d /sys/bus/pci/devices/*/physfn';
      yield unfit(at, `this host has no PCI device ${address}`, remedy);
    } else if (nic && is.pf === undefined) {
      const remedy = "choose a VF, or write <hostdev mode='subsystem' type='pci'>";
      yield unfit(at, `${address} is no VF: libvirt could not set its MAC and VLAN`, remedy);
    } else if (nic && is.pfNets.length === 0) {
      const problem = `the PF ${is.pf} has no network interface: nobody can set the VF's MAC`;
      yield unfit(at, problem, 'bind the PF to its Linux driver, such as ixgbe or i40e');
    } else if (nic && !is.pfNets.some(({ up }) => up)) {
      const name = is.pfNets[0]?.name ?? '';
      const problem = `the PF ${name} (${is.pf}) is down: its VFs have no link`;
      yield unfit(at, problem, `ip link set ${name} up`);
    }
  }
}

/** Source: vfio_pci_validate_vf_token of Linux; QEMU 8.1; libvirt has no word for it (formatdomain). */
function* tokens(subject: Subject): Iterable<Found> {
  if (subject.running || hasToken(subject.domain)) return;
  for (const { at, nic, address, is } of found(subject)) {
    if (nic || is.pf === undefined || is.pfDriver !== VFIO) continue;
    const problem = `vfio-pci has the PF ${is.pf}, too, so ${address} opens with a VF token only, which libvirt does not give`;
    const remedy = `give the PF its own driver: vmlane sriov unbind ${is.pf}; or set vf-token by <qemu:override> (QEMU 8.1)`;
    yield unfit(at, problem, remedy);
  }
}

function* drivers(subject: Subject): Iterable<Found> {
  for (const { at, address, managed, is } of found(subject)) {
    if (subject.running || isVfio(is)) continue;
    if (!managed) {
      const problem = `${address} is not on vfio-pci but on ${is.driver ?? 'no driver'}, and managed is not 'yes'`;
      yield unfit(at, problem, `write managed='yes', or: virsh nodedev-detach ${nodeName(is)}`);
      continue;
    }
    const used = is.nets.find(({ up }) => up);
    if (!used) continue;
    const problem = `this host itself uses ${address} as ${used.name}, which would go away`;
    yield warning(at, problem, `choose another VF, or first: ip link set ${used.name} down`);
  }
}

/** Source: the kernel's vfio_dev_viable: all endpoints of a group go together. */
function* groups(subject: Subject): Iterable<Found> {
  for (const { at, address, is } of found(subject)) {
    if (!is.group) {
      const problem = `${address} is in no IOMMU group`;
      const remedy =
        'turn on VT-d or AMD-Vi in the BIOS, and intel_iommu=on on the kernel command line';
      yield unfit(at, problem, remedy);
      continue;
    }
    const assigned = new Set(hostDevicesOf(subject.domain).map((one) => one.address));
    const others = is.group.members.filter(
      (one) => !assigned.has(one.address) && !one.bridge && !isViable(one),
    );
    if (others.length === 0) continue;
    const list = others.slice(0, 4).map((one) => `${one.address} on ${one.driver}`);
    const more = others.length > 4 ? ` and ${others.length - 4} more` : '';
    const problem = `its IOMMU group ${is.group.number} is not viable: it also has ${list.join(', ')}${more}`;
    yield unfit(at, problem, 'bind those to vfio-pci, too, or put the card into another slot');
  }
}

function* free(subject: Subject): Iterable<Found> {
  for (const { at, address, is, host } of found(subject)) {
    const holders = host.vfio.get(is.group?.number ?? '') ?? [];
    const holder = holders.find(({ guest }) => guest !== subject.name);
    if (!holder) continue;
    const { pid, program, guest } = holder;
    const who =
      guest === undefined ? `process ${pid} (${shown(program)})` : `guest ${shown(guest)}`;
    yield unfit(at, `${address} is in use by ${who}`, 'choose another VF, or stop that one');
  }
}

/** libvirt's hard_limit also limits locked memory. Source: qemuDomainGetMemLockLimitBytes. */
function* memlock({ domain, memory }: Subject): Iterable<Found> {
  const [limit] = down(domain, 'memtune', 'hard_limit');
  if (!limit || !memory || hostDevicesOf(domain).length === 0) return;
  const bytes = bytesOf(limit.text, attribute(limit, 'unit'));
  const needed = memory + 2 ** 30;
  if (bytes === undefined || bytes >= needed) return;
  const problem = `${inWords(bytes)} are too few to lock: a VF needs all memory and 1 GiB more`;
  yield warning(limit, problem, `give ${inWords(needed)}, or take <hard_limit> out`);
}

function isVfio({ driver }: PciDevice): boolean {
  return driver?.startsWith('vfio') ?? false;
}

/** Source: vfio_driver_allowed. */
function isViable(device: PciDevice): boolean {
  const { driver } = device;
  return driver === undefined || isVfio(device) || ['pci-stub', 'pcieport'].includes(driver);
}

/** libvirt's name of a node device. */
function nodeName({ address }: PciDevice): string {
  return `pci_${address.replace(/[:.]/g, '_')}`;
}
