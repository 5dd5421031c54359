import { type Card, readCards } from '../../system/devices/cards.js';
import { ALL, type Check, type FactsOf, type View } from './check.js';
import { type Found, lack, ok, warning } from './finding.js';
import { purpose } from './shared.js';

export const readNics = ({ ask, host }: View): Promise<readonly Card[]> => readCards(ask, host);

const READS = { nics: readNics, purpose };
type Facts = FactsOf<typeof READS>;

export const nics: Check<typeof READS> = { name: 'nics', levels: ALL, reads: READS, judge };

export const firmware: Check<typeof READS> = {
  name: 'firmware',
  levels: ALL,
  reads: READS,
  judge: judgeFirmware,
};

/** VMDq pools of DPDK's driver for a card. Source: max_vmdq_pools in DPDK's drivers. */
interface Pools {
  driver: string;
  /** Only these devices of the driver; all by default. Vendor 8086. */
  devices?: readonly string[];
  pools: string;
}

const POOLS: readonly Pools[] = [
  { driver: 'igb', devices: ['10c9', '10e6', '10e7', '10e8', '150a', '1526'], pools: '8 (82576)' },
  { driver: 'igb', devices: ['1521', '1522', '1523', '1524'], pools: '8 (I350)' },
  { driver: 'ixgbe', pools: '64' },
  { driver: 'i40e', pools: 'yes, as many as the switch sets up' },
  { driver: 'fm10k', pools: '64' },
];

/** The kernel's driver for a card that vfio-pci has now. Source: pci_ids of the kernel's drivers. */
const DRIVERS: Record<string, string> = {
  '10c9': 'igb',
  '1521': 'igb',
  '10fb': 'ixgbe',
  '1528': 'ixgbe',
  '1563': 'ixgbe',
  '1572': 'i40e',
  '1583': 'i40e',
  '15a4': 'fm10k',
};

function* judge({ nics, purpose }: Facts): Iterable<Found> {
  const sriov = purpose === 'sriov';
  for (const nic of nics) yield ok(titleOf(nic), abilities(nic));
  if (nics.length === 0) {
    yield lack(
      sriov,
      'no network card: guests reach each other, and the world only through a tap',
      '/sys/bus/pci/devices, /sys/class/net',
      'put a card in, or give this guest one',
    );
    return;
  }
  if (!sriov) return;
  const able = nics.filter(({ vfs }) => (vfs?.most ?? 0) > 0);
  if (able.length === 0) {
    yield lack(
      true,
      'no card here has virtual functions',
      'sriov_totalvfs',
      'turn SR-IOV on in the BIOS and in the firmware of the card, or use another card',
    );
  } else if (able.every(({ vfs }) => vfs?.now === 0)) {
    yield warning(
      'no virtual functions are made yet',
      able.map(({ address }) => `${address}: sriov_numvfs 0`).join(', '),
      `${firstDriver(able[0])}vmlane sriov set ${able[0]?.address} 4`,
    );
  }
}

/** The card's own driver, which makes its VFs. */
function firstDriver(nic: Card | undefined): string {
  return !nic?.driver || nic.driver.startsWith('vfio') ? 'give it its own driver, then: ' : '';
}

function titleOf({ address, vendor, device, driver, links }: Card): string {
  const names = links.map(({ name, state }) => `${name} ${state}`).join(', ');
  if (address === undefined) return names;
  const id = vendor && device ? ` [${vendor}:${device}]` : '';
  return `${address}${id} ${driver ?? 'without a driver'}${names ? `, ${names}` : ''}`;
}

function abilities({ vendor, device, driver, vfs, representors, group, node }: Card): string {
  const described = [
    vfs ? `SR-IOV: ${vfs.now} of ${vfs.most} VFs${driversOf(vfs)}` : 'no SR-IOV',
    `VMDq: ${poolsOf(vendor, device, driver) ?? 'no, the switch classifies in software'}`,
    ...(representors > 0
      ? [`switchdev: ${representors} representor${representors === 1 ? '' : 's'}`]
      : []),
    ...(group ? [`IOMMU group ${group.number}`] : []),
    ...(node !== undefined ? [`node ${node}`] : []),
  ];
  return described.join(', ');
}

function driversOf({ drivers }: NonNullable<Card['vfs']>): string {
  const described = [...drivers].map(([name, number]) => `${number} with ${name}`);
  return described.length > 0 ? ` (${described.join(', ')})` : '';
}

function poolsOf(vendor?: string, device = '', driver = ''): string | undefined {
  if (vendor !== '8086') return undefined;
  const own = DRIVERS[device] ?? driver;
  return POOLS.find((one) => one.driver === own && (one.devices?.includes(device) ?? true))?.pools;
}

/** Netronome: only sriov-2.1 and later have virtual functions. Source: Netronome's guide to SR-IOV. */
function* judgeFirmware({ nics, purpose }: Facts): Iterable<Found> {
  for (const { address, links, firmware, plain = [] } of nics) {
    if (!firmware) continue;
    const name = links[0]?.name ?? address;
    const sriov = purpose === 'sriov';
    if ('trouble' in firmware) {
      const remedy = 'install ethtool, and run this as root';
      yield warning(`the firmware of ${name} is not known`, firmware.trouble, remedy);
      continue;
    }
    const evidence = `ethtool -i ${name}: ${firmware.version}`;
    const remedy = 'install the sriov firmware, then: modprobe -r nfp && modprobe nfp';
    const [, major, minor] = /(?:^| )sriov-(\d+)\.(\d+)/.exec(firmware.version) ?? [];
    if (Number(major) > 2 || (Number(major) === 2 && Number(minor) >= 1)) {
      yield ok(`${name}: firmware with virtual functions`, evidence);
    } else {
      yield lack(sriov, `${name}: firmware without virtual functions`, evidence, remedy);
    }
    if (plain.length === 0) continue;
    yield warning(
      `${name}: its next start takes firmware without virtual functions`,
      `links of /lib/firmware/netronome that do not lead to sriov/: ${plain.slice(0, 3).join(', ')}`,
      'point the links there to the sriov firmware; an update of linux-firmware puts them back',
    );
  }
}
