/** All conditions for passing a VF to a guest. Pure. */

import type { Pf, Vf } from '../system/devices/vfs.js';
import type { PciFunction } from '../values/devices.js';
import type { Trouble } from '../values/errors.js';
import { IOMMU_REMEDY, listed, obstacles } from './binding/group.js';
import { familyOf } from './cards/families.js';
import { nameOf, VFIO } from './names.js';
import type { Use } from './users/uses.js';
import { isSet, type VfSettings } from './vfs/links.js';

/** Facts read from the VF and its host. */
export interface Surroundings {
  vf: Vf;
  pf: Pf;
  /** All functions of the VF's IOMMU group. */
  members: readonly PciFunction[];
  uses: readonly Use[];
  /** Settings of all VFs of the PF; absent: the PF has no network interface. */
  settings: ReadonlyMap<number, VfSettings>;
  /** Words of the kernel's command line. */
  cmdline: readonly string[];
  /** The missing ones of /dev/vfio/vfio and the group's file. */
  missing: readonly string[];
  /** Links of nfp's firmware that do not lead to SR-IOV's. */
  firmware: readonly string[];
}

/** `warning`: it works, with drawbacks. */
export interface Check {
  name: string;
  state: 'ok' | 'warning' | 'failed';
  /** What was found. */
  found: string;
  remedy?: string;
}

type Finding = Omit<Check, 'name'>;

/** All checks, in the order in which to fix them. */
export function readiness(at: Surroundings): Check[] {
  return Object.entries(CHECKS).flatMap(([name, check]) => {
    const finding = check(at);
    return finding ? [{ name, ...finding }] : [];
  });
}

const CHECKS: Record<string, (at: Surroundings) => Finding | undefined> = {
  iommu: ({ vf }) =>
    vf.group === undefined
      ? failed('no IOMMU: the VF is in no group', IOMMU_REMEDY)
      : ok(`group ${vf.group}`),
  'kernel command line': ({ cmdline }) =>
    cmdline.includes('iommu=pt')
      ? ok('iommu=pt')
      : warning('no iommu=pt: devices that stay with this host are slower', 'boot with iommu=pt'),
  group: ({ vf, members }) => {
    const others = obstacles(vf, members);
    if (others.length === 0) return ok(members.length > 1 ? 'the others are free' : 'the VF alone');
    const remedy = `vmlane sriov bind ${vf.address} --group, or put the card into another slot`;
    return failed(`not viable: it also has ${listed(others)}`, remedy);
  },
  driver: ({ vf }) =>
    vf.driver === VFIO
      ? ok(VFIO)
      : failed(
          vf.driver === undefined ? 'no driver' : `it is with ${vf.driver}`,
          `vmlane sriov bind ${vf.address}; a domain with managed='yes' does it itself`,
        ),
  'device files': ({ vf, missing }) => {
    if (vf.driver !== VFIO || vf.group === undefined) return undefined;
    if (missing.length === 0) return ok(`/dev/vfio/${vf.group}`);
    return failed(`${missing.join(' and ')} missing`, 'modprobe vfio-pci; is udev running?');
  },
  free: ({ uses }) => {
    const user = uses.find(({ active }) => active);
    if (user) return failed(`in use by ${user.by}`, user.remedy);
    const [named] = uses;
    return ok(named ? `nobody uses it; named by ${named.by}` : 'nobody uses it');
  },
  PF: ({ pf }) => {
    const [net] = pf.nets;
    if (pf.driver === VFIO) {
      const problem = `${pf.address} is with vfio-pci, too: the VF opens with a VF token only, and has a MAC of its own`;
      return warning(problem, 'QEMU 8.1 takes vf-token=UUID, that of the switch that has the PF');
    }
    if (!net) {
      const problem = `${pf.address} has no network interface: nobody can set the VF's MAC`;
      return failed(problem, `bind it to its Linux driver${driverOf(pf)}`);
    }
    if (pf.nets.some(({ up }) => up)) return ok(`${net.name} is up`);
    return failed(`${net.name} is down: its VFs have no link`, `ip link set ${net.name} up`);
  },
  MAC: ({ vf, pf, settings }) => {
    const mac = settings.get(vf.index)?.mac;
    if (mac === undefined) return undefined;
    const command = `vmlane sriov vf ${nameOf(pf)} ${vf.index} --mac 52:54:00:12:34:56`;
    if (!isSet(mac)) {
      const problem = 'none is set: the guest gets another one at every start';
      return failed(problem, `${command}, or let the domain's <mac> set it`);
    }
    const other = [...settings].find(([index, one]) => index !== vf.index && one.mac === mac);
    if (other) return failed(`${mac} is also that of VF ${other[0]}`, command);
    return ok(mac);
  },
  VLAN: ({ vf, settings }) => {
    const found = settings.get(vf.index);
    return found && ok(found.vlan === 0 ? 'none' : `${found.vlan}, priority ${found.qos}`);
  },
  link: ({ vf, pf, settings }) => {
    if (settings.get(vf.index)?.state !== 'disable') return undefined;
    const command = `vmlane sriov vf ${nameOf(pf)} ${vf.index} --link auto`;
    return failed("the PF has turned the VF's link off", command);
  },
  firmware: ({ pf, firmware }) => {
    if (familyOf(pf)?.name !== 'nfp') return undefined;
    if (firmware.length === 0) return ok('its links lead to SR-IOV firmware');
    const more = firmware.length > 1 ? ` and ${firmware.length - 1} more` : '';
    const problem = `${firmware[0]}${more} is not SR-IOV firmware: after the next start there are no VFs`;
    const remedy = 'ln -sf /lib/firmware/netronome/nic-sriov/* /lib/firmware/netronome/';
    return warning(problem, remedy);
  },
};

function driverOf(pf: Pf): Trouble['remedy'] {
  const family = familyOf(pf);
  return family ? `, ${family.drivers.pf}` : '';
}

function ok(found: string): Finding {
  return { state: 'ok', found };
}

function warning(found: string, remedy: string): Finding {
  return { state: 'warning', found, remedy };
}

function failed(found: string, remedy: string): Finding {
  return { state: 'failed', found, remedy };
}
