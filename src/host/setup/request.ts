import { InvalidInput } from '../../values/errors.js';
import { pageSizeWord, parsePageSize, wantedPageSize } from '../../values/page-size.js';

/** The wanted number of huge pages of one size, on one node or on the whole host. */
export interface PageWish {
  /** In bytes. */
  pageSize: number;
  count: number;
  node?: number;
}

/** The wanted state of a host. */
export interface SetupRequest {
  pages: readonly PageWish[];
  /** Size in bytes of the huge pages that are meant where no size is said, from the next boot on. */
  defaultPages?: number;
  /** Allocate pages now, too, not only at every boot. */
  now: boolean;
  boot: boolean;
  iommu: boolean;
  vfio: boolean;
  sockets: boolean;
  apparmor: boolean;
  /** vmlane's module of SELinux's policy. */
  selinux?: boolean;
  /** libvirt has the counters of guests on the switch. */
  domifstat?: boolean;
  qemu: QemuWish;
  /** Programs that the switch's unit runs; absent for no unit. */
  switchUnit?: SwitchUnit;
  /** Metrics as a service; absent: none. */
  metrics?: MetricsUnit;
}

/** Where the package is installed, for AppArmor's rules, SELinux's labels and links to its programs. */
export interface Installed {
  package: string;
  node: string;
}

/** The user and group that libvirt runs QEMU as, and the devices that guests may open. */
export interface QemuWish {
  user?: string;
  group?: string;
  devices: readonly string[];
}

/** How systemd starts the switch, and how it checks that the switch answers. */
export interface SwitchUnit {
  start: readonly string[];
  info: readonly string[];
  controlSocket: string;
  /** The user that it names; absent: the account that setup makes. */
  user?: string;
}

/** How systemd starts metrics. */
export interface MetricsUnit {
  /** Without the token. */
  start: readonly string[];
  /** File of the token that readers need; only root need be able to read it. */
  token?: string;
  /** Nobody else reaches the address. */
  isLoopback: boolean;
  /** The switch's settings that let it look; `after` absent: they do, or are not what decides. */
  settings: { path: string; after?: string };
}

/** Upper bound of Linux's NUMA nodes (MAX_NUMNODES). */
const NODES_MAX = 1024;

/** Reads `1GiB:8` or `2MiB:512@0`, each size and node once. @throws InvalidInput naming the option */
export function pageWishes(given: readonly string[]): PageWish[] {
  const wishes = given.map(pageWish);
  wishes.forEach((wish, i) => {
    const same = wishes.slice(0, i).filter(({ pageSize }) => pageSize === wish.pageSize);
    const mixed = same.some(({ node }) => (node === undefined) !== (wish.node === undefined));
    const twice = same.some(({ node }) => node === wish.node);
    if (!mixed && !twice) return;
    const problem = mixed
      ? 'pages of this size are asked for with a node and without one'
      : 'asked for twice';
    const remedy = mixed ? 'give a node with all of them, or with none' : 'give it once';
    throw new InvalidInput({ thing: `--pages ${given[i]}`, problem, remedy });
  });
  return wishes;
}

function pageWish(text: string): PageWish {
  const refuse = (problem: string) => {
    const remedy = 'write SIZE:COUNT or SIZE:COUNT@NODE, such as 1GiB:8 or 2MiB:512@0';
    return new InvalidInput({ thing: `--pages ${text}`, problem, remedy });
  };
  const [, size, count, node] =
    /^(\d{1,6}(?:KiB|MiB|GiB)):(\d{1,10})(?:@(\d{1,4}))?$/.exec(text) ?? [];
  if (size === undefined) throw refuse('not a size, a count and perhaps a node');
  const pageSize = parsePageSize(size);
  if (pageSize === undefined) throw refuse('no processor has huge pages of this size');
  if (Number(count) === 0) throw refuse('no pages');
  if (Number(node ?? 0) >= NODES_MAX) throw refuse('no host has that many nodes');
  return { pageSize, count: Number(count), ...(node !== undefined && { node: Number(node) }) };
}

/** Reads the default size, such as `1GiB`, in bytes. @throws InvalidInput naming the option */
export function defaultPagesWish(text: string): number {
  return wantedPageSize('--default-pages', text);
}

/** The option that asks for these pages. */
export function pageWords({ pageSize, count, node }: PageWish): string {
  return `${pageSizeWord(pageSize)}:${count}${node === undefined ? '' : `@${node}`}`;
}

const ACCOUNT = /^(?:[A-Za-z_][A-Za-z0-9_.-]{0,31}|\+?\d{1,10})$/;

/** Checks names of accounts and paths of devices. @throws InvalidInput naming the option */
export function qemuWish(given: {
  user?: string | undefined;
  group?: string | undefined;
  devices: readonly string[];
}): QemuWish {
  const refuse = (thing: string, problem: string, remedy: string) => {
    return new InvalidInput({ thing, problem, remedy });
  };
  const { user, group, devices } = given;
  for (const [option, name] of [['--qemu-user', user] as const, ['--qemu-group', group] as const]) {
    if (name === undefined || ACCOUNT.test(name)) continue;
    throw refuse(`${option} ${name}`, 'no name of an account', 'give one such as libvirt-qemu');
  }
  const bad = devices.find((path) => !/^\/dev\/[\w./:@+-]+$/.test(path) || path.includes('..'));
  if (bad !== undefined) {
    throw refuse(`--qemu-device ${bad}`, 'no path of a device', 'give one such as /dev/vfio/vfio');
  }
  return {
    devices: [...new Set(devices)],
    ...(user !== undefined && { user }),
    ...(group !== undefined && { group }),
  };
}
