/** Known facts about families of network cards. Data. */
import type { PciFunction } from '../../values/devices.js';

/** One family of network cards with SR-IOV. */
export interface Family {
  name: string;
  /** `vendor:device` of PFs and of VFs. Source: Debian's pci.ids, drivers of Linux 6.1 (igb, ixgbe, i40e, fm10k, nfp). */
  pf: readonly string[];
  vf: readonly string[];
  drivers: { pf: string; vf: string };
  /** Limit on VFs, and its unit; absent: the card's own limit. */
  most?: { vfs: number; of: string };
  /** Queue pairs of a VF: default and maximum; absent: unknown. */
  queuePairs?: { usual: number; most: number };
  /** The module option of old kernels for two VFs on each port. */
  old: string;
  /** Sources of the numbers, and their gaps. */
  source: string;
  /** Notes for the operator. */
  note?: string;
}

const GUIDE = "DPDK's guide to I40E/IXGBE/IGB VFs";
const intel = (ids: string) => ids.split(' ').map((id) => `8086:${id}`);

/** The families of the guides, in the guides' order. */
export const FAMILIES: readonly Family[] = [
  {
    name: '82576',
    pf: intel('10c9 10e6 10e7 10e8 150a 150d 1518 1526'),
    vf: intel('10ca 152d'),
    drivers: { pf: 'igb', vf: 'igbvf' },
    most: { vfs: 8, of: 'controller' },
    queuePairs: { usual: 2, most: 2 },
    old: 'igb max_vfs=2,2',
    source: `${GUIDE}: 8 pools of 2 of the controller's 16 queue pairs`,
    note: 'Linux igb allows 7: one pool is its own',
  },
  {
    name: 'I350',
    pf: intel('1521 1522 1523 1524'),
    vf: intel('1520 152f'),
    drivers: { pf: 'igb', vf: 'igbvf' },
    most: { vfs: 8, of: 'port' },
    queuePairs: { usual: 1, most: 1 },
    old: 'igb max_vfs=2,2,2,2',
    source: `${GUIDE}: 8 VMs on each port share its 8 queues`,
    note: 'Linux igb allows 7: one pool is its own',
  },
  {
    name: '82599',
    pf: intel('10f7 10f8 10f9 10fb 10fc 1507 1514 1517 151c 1529 152a 154a 154d 1557 1558'),
    vf: intel('10ed 152e'),
    drivers: { pf: 'ixgbe', vf: 'ixgbevf' },
    most: { vfs: 63, of: 'port' },
    queuePairs: { usual: 1, most: 4 },
    old: 'ixgbe max_vfs=2,2',
    source: `${GUIDE}: 63 VFs and one PF on a port's 128 queues; 1 queue pair, with RSS up to 4`,
    note: "hash, key and RETA of RSS are shared by the PF and its VFs; 'vmlane sriov plan' shows the queues",
  },
  {
    name: 'X710/XL710',
    pf: intel('1572 1574 1580 1581 1583 1584 1585 1586 1587 1588 1589 158a 158b'),
    vf: intel('154c 1571'),
    drivers: { pf: 'i40e', vf: 'iavf' },
    most: { vfs: 128, of: 'device' },
    queuePairs: { usual: 4, most: 16 },
    old: 'i40e max_vfs=2,2',
    source: `${GUIDE}: 128 VFs on the device, 4 queue pairs each by default, at most 16`,
  },
  {
    name: 'FM10000',
    pf: intel('15a4 15d0 15d5'),
    vf: intel('15a5'),
    drivers: { pf: 'fm10k', vf: 'fm10k' },
    most: { vfs: 64, of: 'PCIe host interface' },
    queuePairs: { usual: 16, most: 16 },
    old: 'fm10k max_vfs=2,2',
    source: `${GUIDE}: 64 VFs on a PCIe host interface, at most 16 queue pairs each`,
    note: "only Linux's driver can have the PF, DPDK's cannot",
  },
  {
    name: 'nfp',
    pf: ['19ee:4000', '19ee:5000', '19ee:6000'],
    vf: ['19ee:6003'],
    drivers: { pf: 'nfp', vf: 'nfp_netvf' },
    old: '',
    source: "Netronome's guide to SR-IOV: what sriov_totalvfs says",
    note: 'needs firmware sriov-2.1.x or newer; VFs are at physical port 0 only; a guest must keep its MAC',
  },
];

/** The family of a PF or a VF; undefined: not in the guides. */
export function familyOf({ vendor, device }: Pick<PciFunction, 'vendor' | 'device'>) {
  const id = `${vendor}:${device}`;
  return FAMILIES.find(({ pf, vf }) => pf.includes(id) || vf.includes(id));
}
