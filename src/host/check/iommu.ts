import type { Card } from '../../system/devices/cards.js';
import { isVfioUnsafe } from '../../system/devices/drivers.js';
import { countGroups } from '../../system/devices/pci.js';
import { kernelWords } from '../../system/os/kernel.js';
import { BOOT_COMMANDS } from '../../values/distributions.js';
import { ALL, type Check, type FactsOf, type View } from './check.js';
import { readCpu } from './cpu.js';
import { count, type Found, lack, ok, warning } from './finding.js';
import { readNics } from './nics.js';
import { readPages } from './pages.js';
import { distribution, purpose } from './shared.js';

export interface IommuFacts {
  /** Number of groups. */
  groups: number;
  /** vfio is allowed without an IOMMU, which is unsafe. */
  unsafe: boolean;
}

function readIommu({ host }: View): IommuFacts {
  return { groups: countGroups(host), unsafe: isVfioUnsafe(host) };
}

/** Words of the kernel's command line. */
const readCmdline = ({ host }: View): readonly string[] => kernelWords(host);

const READS = { iommu: readIommu, nics: readNics, cpu: readCpu, purpose };
const LINE_READS = {
  cmdline: readCmdline,
  iommu: readIommu,
  pages: readPages,
  purpose,
  distribution,
};

export const iommu: Check<typeof READS> = { name: 'iommu', levels: ALL, reads: READS, judge };

export const cmdline: Check<typeof LINE_READS> = {
  name: 'cmdline',
  levels: ALL,
  reads: LINE_READS,
  judge: judgeLine,
};

const COST = 'without it no VF can be given to a guest, and the switch has no NIC by vfio-pci';

function* judge({ iommu, nics, cpu, purpose }: FactsOf<typeof READS>): Iterable<Found> {
  const { groups, unsafe } = iommu;
  if (groups === 0) {
    const word = cpu.flags?.has('svm') ? 'iommu=pt' : 'intel_iommu=on iommu=pt';
    yield lack(
      purpose === 'sriov',
      'no IOMMU, or it is off',
      '/sys/kernel/iommu_groups is empty',
      `turn VT-d or AMD-Vi on in the BIOS and boot with ${word}; ${COST}`,
    );
  } else {
    yield ok(`IOMMU on, ${count(groups, 'group')}`, '/sys/kernel/iommu_groups');
  }
  if (unsafe) {
    yield warning(
      'vfio works without an IOMMU: devices can write to all memory',
      'enable_unsafe_noiommu_mode of vfio is Y',
      'turn the IOMMU on and this off',
    );
  }
  for (const nic of nics) yield* viable(nic, purpose === 'sriov');
}

/** All devices of a group must go to guests, or none; bridges and devices of vfio do not count. */
function* viable({ address, group }: Card, needed: boolean): Iterable<Found> {
  if (!group || !needed) return;
  const others = group.members.filter(
    (one) => one.address !== address && !one.bridge && one.driver && !one.driver.startsWith('vfio'),
  );
  if (others.length === 0) return;
  yield warning(
    `${address} shares its IOMMU group with ${count(others.length, 'device')}`,
    `group ${group.number}: ${others.map((one) => `${one.address} (${one.driver})`).join(', ')}`,
    'give all of them to vfio-pci, or use another slot: a group of which the host has a part is not viable',
  );
}

/** Judges `intel_iommu=` and the like; the last of a name counts. */
function* judgeLine({
  cmdline,
  iommu,
  pages,
  purpose,
  distribution,
}: FactsOf<typeof LINE_READS>): Iterable<Found> {
  const last = (name: string) =>
    cmdline.findLast((word) => word.startsWith(`${name}=`))?.slice(name.length + 1);
  const words = cmdline.filter((word) =>
    /^(intel_iommu|amd_iommu|iommu|(default_)?hugepages\w*|pci)=/.test(word),
  );
  const described = words.join(' ') || 'nothing on IOMMU or huge pages';
  const evidence = `/proc/cmdline: ${described}`;
  const sriov = purpose === 'sriov';
  const menu = BOOT_COMMANDS[distribution.grub.menus.at(-1)?.command ?? 'update-grub'].join(' ');
  const grub = `GRUB_CMDLINE_LINUX in /etc/default/grub, then ${menu} and a restart`;
  if (last('intel_iommu') === 'off' || last('amd_iommu') === 'off' || last('iommu') === 'off') {
    yield lack(sriov, 'the IOMMU is turned off', evidence, `take that out of ${grub}`);
  } else if (sriov && iommu.groups > 0 && !['pt', 'nopt'].includes(last('iommu') ?? '')) {
    const cost = "the host's own NICs pay for the IOMMU, too";
    yield warning(`no iommu=pt: ${cost}`, evidence, `add iommu=pt to ${grub}`);
  } else {
    yield ok('nothing on it stands in the way', evidence);
  }
  for (const { size, wanted } of askedFor(cmdline, pages.defaultPageSize)) {
    const has = pages.stocks
      .filter(({ pageSize }) => pageSize === size)
      .reduce((sum, { total }) => sum + total, 0);
    if (has >= wanted) continue;
    yield warning(
      `${wanted} huge pages of ${size / 1024} KiB were asked for at boot, ${has} are there`,
      evidence,
      'the memory was not there, or somebody gave some back: ask for fewer, or write to nr_hugepages',
    );
  }
}

/** `hugepagesz=1G hugepages=8`: a count is for the size before it. Source: kernel-parameters.txt. */
function askedFor(cmdline: readonly string[], usual: number | undefined) {
  const found = new Map<number, number>();
  let size = usual;
  for (const word of cmdline) {
    const [, name, number, unit = ''] =
      /^(default_hugepagesz|hugepagesz|hugepages)=(\d+)([kKmMgG]?)$/.exec(word) ?? [];
    if (name === 'hugepages' && size !== undefined && unit === '') found.set(size, Number(number));
    if (name?.endsWith('sz'))
      size = Number(number) * 1024 ** ['', 'k', 'm', 'g'].indexOf(unit.toLowerCase());
  }
  return [...found].map(([size, wanted]) => ({ size, wanted }));
}
