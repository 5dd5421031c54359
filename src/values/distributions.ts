/** What differs between distributions: a row for each, and whoever needs to know asks the table. */

/**
 * Programs that make the boot menu anew, with their arguments. The journal has them by these names, so that
 * a name, once released, stays.
 */
export const BOOT_COMMANDS = {
  'update-grub': ['update-grub'],
  'grub2-mkconfig': ['grub2-mkconfig', '-o', '/boot/grub2/grub.cfg'],
  'grub2-mkconfig etc': ['grub2-mkconfig', '-o', '/etc/grub2.cfg'],
  'grub2-mkconfig efi': ['grub2-mkconfig', '-o', '/etc/grub2-efi.cfg'],
  // Where entries follow the Boot Loader Specification, newer tools leave them alone unless told.
  'grub2-mkconfig etc bls': ['grub2-mkconfig', '-o', '/etc/grub2.cfg', '--update-bls-cmdline'],
  'grub2-mkconfig efi bls': ['grub2-mkconfig', '-o', '/etc/grub2-efi.cfg', '--update-bls-cmdline'],
} as const satisfies Record<string, readonly [string, ...string[]]>;

export type BootCommand = keyof typeof BOOT_COMMANDS;

/** GRUB, as a distribution has it. */
export interface Grub {
  /** The program that must be there. */
  program: string;
  /** The script whose text tells what it reads and takes. */
  script: string;
  /** The first that fits is run. */
  menus: readonly Menu[];
  /** What kernels that come later are installed with, if anything. */
  installedWith?: string;
}

/** How a menu is made, and where it is made so. */
export interface Menu {
  command: BootCommand;
  /** Where the script knows --update-bls-cmdline. */
  bls?: BootCommand;
  /** A link to the menu, which must be there. */
  link?: string;
  /** Only where firmware is EFI. */
  efi?: boolean;
}

const UPDATE_GRUB: Grub = {
  program: 'update-grub',
  script: 'grub-mkconfig',
  menus: [{ command: 'update-grub' }],
};

const GRUB2: Grub = {
  program: 'grub2-mkconfig',
  script: 'grub2-mkconfig',
  menus: [
    {
      ...{ efi: true, link: '/etc/grub2-efi.cfg' },
      ...{ command: 'grub2-mkconfig efi', bls: 'grub2-mkconfig efi bls' },
    },
    { link: '/etc/grub2.cfg', command: 'grub2-mkconfig etc', bls: 'grub2-mkconfig etc bls' },
    { command: 'grub2-mkconfig' },
  ],
  // Source: kernel-install(8).
  installedWith: '/etc/kernel/cmdline',
};

/** A distribution, and those that are set up as it is. */
export interface Distribution {
  /** ID of os-release, or what ID_LIKE says. Source: os-release(5). */
  ids: readonly string[];
  /** The user that its libvirt runs QEMU as. */
  user: string;
  /** Groups of QEMU's user: the first that is there is QEMU's. */
  groups: readonly [string, ...string[]];
  grub: Grub;
  /** Where QEMU is, besides as qemu-system-ARCH in PATH. */
  emulators: readonly string[];
  /** Commands for remedies. */
  remedies: Remedies;
}

export interface Remedies {
  installQemu: string;
  installLibvirt: string;
  /** Makes QEMU's user. */
  makeUser: string;
  /** The package of the kernel with all its modules, and the one without. */
  wholeKernel: string;
}

const DEBIAN: Distribution = {
  ids: ['debian'],
  user: 'libvirt-qemu',
  groups: ['libvirt-qemu', 'kvm'],
  grub: UPDATE_GRUB,
  emulators: [],
  remedies: {
    installQemu: 'apt-get install qemu-system-x86',
    installLibvirt: 'apt-get install libvirt-daemon-system libvirt-clients',
    makeUser: 'adduser --system --group --no-create-home libvirt-qemu',
    wholeKernel: 'linux-image-amd64 instead of a cloud kernel',
  },
};

/** By name; of two that a host is like, the one that it names first. */
export const DISTRIBUTIONS = {
  debian: DEBIAN,
  ubuntu: {
    ...DEBIAN,
    ids: ['ubuntu'],
    // Its package takes kvm where Debian's has a group of its own.
    groups: ['kvm', 'libvirt-qemu'],
    remedies: { ...DEBIAN.remedies, wholeKernel: 'linux-image-generic instead of a cloud kernel' },
  },
  fedora: {
    ids: ['fedora', 'rhel', 'centos', 'rocky', 'almalinux'],
    user: 'qemu',
    groups: ['qemu', 'libvirt-qemu', 'kvm'],
    grub: GRUB2,
    emulators: ['/usr/libexec/qemu-kvm', 'qemu-kvm'],
    remedies: {
      installQemu: 'dnf install qemu-kvm',
      installLibvirt: 'dnf install libvirt-daemon-kvm libvirt-client',
      makeUser: 'useradd --system --user-group --no-create-home --shell /sbin/nologin qemu',
      wholeKernel: 'kernel-modules beside kernel-core',
    },
  },
  suse: {
    ids: ['suse', 'opensuse', 'sles'],
    user: 'qemu',
    groups: ['qemu', 'libvirt-qemu', 'kvm'],
    grub: GRUB2,
    emulators: [],
    remedies: {
      installQemu: 'zypper install qemu-x86',
      installLibvirt: 'zypper install libvirt-daemon-qemu libvirt-client',
      makeUser: 'useradd --system --user-group --no-create-home --shell /sbin/nologin qemu',
      wholeKernel: 'kernel-default instead of kernel-default-base',
    },
  },
} as const satisfies Record<string, Distribution>;

export type DistributionName = keyof typeof DISTRIBUTIONS;

const ROWS = Object.entries(DISTRIBUTIONS) as [DistributionName, Distribution][];

/** The row of a distribution by its IDs, the nearest first; undefined: none that we know. */
export function distributionOf(ids: readonly string[]): DistributionName | undefined {
  const found = ids.map((id) => ROWS.find(([, row]) => row.ids.includes(id))?.[0]);
  return found.find((name) => name !== undefined);
}

/** What some distribution has, each once, in the table's order. */
export function ofAll<T>(column: (row: Distribution) => readonly T[]): T[] {
  return [...new Set(ROWS.flatMap(([, row]) => column(row)))];
}
