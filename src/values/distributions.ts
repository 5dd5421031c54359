/** Differences between distributions: one row for each; all code asks this table. */

/**
 * Programs that regenerate the boot menu, with their arguments. The journal stores these names, so a
 * released name must stay.
 */
export const BOOT_COMMANDS = {
  'update-grub': ['update-grub'],
  'grub2-mkconfig': ['grub2-mkconfig', '-o', '/boot/grub2/grub.cfg'],
  'grub2-mkconfig etc': ['grub2-mkconfig', '-o', '/etc/grub2.cfg'],
  'grub2-mkconfig efi': ['grub2-mkconfig', '-o', '/etc/grub2-efi.cfg'],
  // Newer tools do not change Boot Loader Specification entries unless given this option.
  'grub2-mkconfig etc bls': ['grub2-mkconfig', '-o', '/etc/grub2.cfg', '--update-bls-cmdline'],
  'grub2-mkconfig efi bls': ['grub2-mkconfig', '-o', '/etc/grub2-efi.cfg', '--update-bls-cmdline'],
} as const satisfies Record<string, readonly [string, ...string[]]>;

export type BootCommand = keyof typeof BOOT_COMMANDS;

/** A distribution's GRUB. */
export interface Grub {
  /** The program that must exist. */
  program: string;
  /** The script whose text shows what it reads and accepts. */
  script: string;
  /** The first match is run. */
  menus: readonly Menu[];
  /** The file for kernels installed later, if any. */
  installedWith?: string;
}

/** How a menu is made, and under which conditions. */
export interface Menu {
  command: BootCommand;
  /** Only if the script knows --update-bls-cmdline. */
  bls?: BootCommand;
  /** A link to the menu; it must exist. */
  link?: string;
  /** Only with EFI firmware. */
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

/** A distribution, and its derivatives with the same setup. */
export interface Distribution {
  /** ID or ID_LIKE of os-release. Source: os-release(5). */
  ids: readonly string[];
  /** Its libvirt's user for QEMU. */
  user: string;
  /** Groups for QEMU: the first that exists is used. */
  groups: readonly [string, ...string[]];
  grub: Grub;
  /** Further paths of QEMU, besides qemu-system-ARCH in PATH. */
  emulators: readonly string[];
  /** Commands for remedies. */
  remedies: Remedies;
}

export interface Remedies {
  installQemu: string;
  installLibvirt: string;
  /** A busybox that needs no libraries. */
  installBusybox: string;
  /** Creates QEMU's user. */
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
    installBusybox: 'apt-get install busybox-static',
    makeUser: 'adduser --system --group --no-create-home libvirt-qemu',
    wholeKernel: 'linux-image-amd64 instead of a cloud kernel',
  },
};

/** By name; a host that is like two of them uses the first that it names. */
export const DISTRIBUTIONS = {
  debian: DEBIAN,
  ubuntu: {
    ...DEBIAN,
    ids: ['ubuntu'],
    // Its package uses the group kvm; Debian's has a group of its own.
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
      installBusybox: 'dnf install busybox',
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
      installBusybox: 'zypper install busybox-static',
      makeUser: 'useradd --system --user-group --no-create-home --shell /sbin/nologin qemu',
      wholeKernel: 'kernel-default instead of kernel-default-base',
    },
  },
} as const satisfies Record<string, Distribution>;

export type DistributionName = keyof typeof DISTRIBUTIONS;

const ROWS = Object.entries(DISTRIBUTIONS) as [DistributionName, Distribution][];

/** The row of a distribution by its IDs, the nearest first; undefined: unknown. */
export function distributionOf(ids: readonly string[]): DistributionName | undefined {
  const found = ids.map((id) => ROWS.find(([, row]) => row.ids.includes(id))?.[0]);
  return found.find((name) => name !== undefined);
}

/** A value of all distributions, each once, in the table's order. */
export function ofAll<T>(column: (row: Distribution) => readonly T[]): T[] {
  return [...new Set(ROWS.flatMap(([, row]) => column(row)))];
}
