import { inWords } from '../../qemu/memory/pages.js';
import { walk } from '../../system/accounts/walk.js';
import { readHugeMounts } from '../../system/memory/mounts.js';
import { namedPageSize } from '../../system/memory/nodes.js';
import { type PageCount, readPageCounts } from '../../system/memory/pages.js';
import { type Account, type PathWalk, rightsOf } from '../../values/access.js';
import { shellWords } from '../../values/shell.js';
import { type Check, type FactsOf, MILD, type View } from './check.js';
import { type Found, ok, warning } from './finding.js';
import { account, daemon } from './shared.js';

export interface PageFacts {
  /** By size and node; for the whole host if the kernel reports no nodes. */
  stocks: readonly PageCount[];
  mounts: readonly Mount[];
  defaultPageSize?: number;
}

export interface Mount {
  folder: string;
  /** In bytes. */
  pageSize: number;
  /** The path to libvirt's folder in the mount. */
  libvirt: PathWalk;
}

export function readPages({ host }: View): PageFacts {
  const counts = readPageCounts(host);
  const ofNodes = counts.filter(({ node }) => node !== undefined);
  const defaultPageSize = namedPageSize(host);
  return {
    stocks: ofNodes.length > 0 ? ofNodes : counts,
    mounts: readHugeMounts(host).map((mount) => ({
      ...mount,
      libvirt: walk(`${mount.folder}/libvirt/qemu`, host.root),
    })),
    ...(defaultPageSize !== undefined && { defaultPageSize }),
  };
}

const READS = { pages: readPages, account, daemon };
type Facts = FactsOf<typeof READS>;

export const pages: Check<typeof READS> = { name: 'pages', levels: MILD, reads: READS, judge };

/** Guests on memfd need no huge pages, so nothing here is a failure. */
function* judge(facts: Facts): Iterable<Found> {
  const { stocks } = facts.pages;
  const some = stocks.filter(({ total }) => total > 0);
  if (some.length === 0) {
    const sizes = [...new Set(stocks.map(({ pageSize }) => inWords(pageSize)))].join(', ');
    yield warning(
      'no huge pages: guests can have ordinary memory (memfd), which is slower',
      `/sys/kernel/mm/hugepages: ${sizes ? `0 of ${sizes}` : 'none of any size'}`,
      'reserve some at boot: hugepagesz=1G hugepages=8, or now: echo 1024 > /sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages',
    );
  }
  for (const stock of some) yield stockFound(stock);
  for (const { pageSize, node } of stocks.filter(({ total }) => total === 0)) {
    if (!some.some((one) => one.pageSize === pageSize)) continue;
    yield warning(
      `node ${node} has no huge pages of ${inWords(pageSize)}, others have`,
      folderOf({ pageSize, node }),
      'guests whose memory is bound to this node do not start on them: reserve some there, too',
    );
  }
  yield* mounted(facts, some);
}

function stockFound({ pageSize, node, total, free, reserved, available }: PageCount): Found {
  const where = node === undefined ? '' : ` on node ${node}`;
  const promised = `${reserved} reserved${node === undefined ? '' : ' of all nodes'}`;
  const what = `${inWords(pageSize)}${where}: ${total} huge pages, ${free} free, ${promised}`;
  const evidence = folderOf({ pageSize, node });
  if (available > 0) return ok(what, evidence);
  return warning(what, evidence, 'another guest on huge pages does not start: reserve more');
}

function folderOf({ pageSize, node }: { pageSize: number; node?: number | undefined }): string {
  const parent = node === undefined ? 'kernel/mm' : `devices/system/node/node${node}`;
  return `/sys/${parent}/hugepages/hugepages-${pageSize / 1024}kB`;
}

function* mounted({ pages, account, daemon }: Facts, some: readonly PageCount[]): Iterable<Found> {
  for (const mount of pages.mounts) yield mountFound(mount, account, daemon.running.length > 0);
  for (const pageSize of new Set(some.map((one) => one.pageSize))) {
    if (pages.mounts.some((one) => one.pageSize === pageSize)) continue;
    const size = inWords(pageSize).replace(/ (.)iB$/, '$1');
    yield warning(
      `no hugetlbfs with pages of ${inWords(pageSize)} is mounted: libvirt's guests cannot have them`,
      '/proc/self/mounts',
      `mkdir -p /dev/hugepages-${size} && mount -t hugetlbfs -o pagesize=${size} nodev /dev/hugepages-${size}; then restart libvirtd`,
    );
  }
}

/** When libvirt starts, it makes a folder in each mount and gives it to QEMU's user. Source: qemu_driver.c. */
function mountFound(
  { folder, pageSize, libvirt }: Mount,
  account: Account | undefined,
  runs: boolean,
) {
  const what = `${folder}: pages of ${inWords(pageSize)}`;
  const own = libvirt.missing ? undefined : libvirt.parts.at(-1);
  if (!own) {
    const there = `${libvirt.missing?.path} ${libvirt.missing?.code}`;
    if (!runs) return ok(`${what}; libvirt has not made its folder yet`, there);
    return warning(
      `${what}, without libvirt's folder: it was mounted after libvirtd started`,
      there,
      'restart libvirtd',
    );
  }
  const evidence = `${own.path}: uid ${own.uid}, mode 0${own.mode.toString(8)}`;
  const shut = account
    ? libvirt.parts.find((one) => one.kind === 'folder' && (rightsOf(account, one) & 1) === 0)
    : undefined;
  if (shut) {
    return warning(
      `${what}, which QEMU's user ${account?.name} may not reach: ${shut.path} is closed to it`,
      `${shut.path}: uid ${shut.uid}, mode 0${shut.mode.toString(8)}`,
      shellWords(['chmod', 'o+x', shut.path]),
    );
  }
  return ok(`${what}, with libvirt's folder`, evidence);
}
