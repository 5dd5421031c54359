/** Every program that setting up runs. The journal names them by these names, so that no file's words are run. */
const TABLE = {
  'update-grub': ['update-grub'],
  'grub2-mkconfig': ['grub2-mkconfig', '-o', '/boot/grub2/grub.cfg'],
  'grub2-mkconfig etc': ['grub2-mkconfig', '-o', '/etc/grub2.cfg'],
  'grub2-mkconfig efi': ['grub2-mkconfig', '-o', '/etc/grub2-efi.cfg'],
  // Where entries follow the Boot Loader Specification, newer tools leave them alone unless told.
  'grub2-mkconfig etc bls': ['grub2-mkconfig', '-o', '/etc/grub2.cfg', '--update-bls-cmdline'],
  'grub2-mkconfig efi bls': ['grub2-mkconfig', '-o', '/etc/grub2-efi.cfg', '--update-bls-cmdline'],
  'daemon-reload': ['systemctl', 'daemon-reload'],
  'mount 1GiB': ['systemctl', 'start', 'dev-hugepages1G.mount'],
  'unmount 1GiB': ['systemctl', 'stop', 'dev-hugepages1G.mount'],
  'mount 2MiB': ['systemctl', 'start', 'dev-hugepages2M.mount'],
  'unmount 2MiB': ['systemctl', 'stop', 'dev-hugepages2M.mount'],
  'start switch': ['systemctl', 'restart', 'vmlane-switch.service'],
  'stop switch': ['systemctl', 'stop', 'vmlane-switch.service'],
  'load vfio-pci': ['modprobe', 'vfio-pci'],
  'reload apparmor': ['systemctl', 'reload', 'apparmor.service'],
} as const satisfies Record<string, readonly [string, ...string[]]>;

/** Name of a program and its arguments. */
export type CommandName = keyof typeof TABLE;

/** Its argument vector. */
export function argvOf(name: CommandName): readonly string[] {
  return TABLE[name];
}

/** Whether it makes what the host boots; the others are about what runs now. */
export function isForBoot(name: CommandName): boolean {
  return name.startsWith('grub2-mkconfig') || name === 'update-grub';
}

/** Whether a text names a program of the table. */
export function isCommand(name: string): name is CommandName {
  return Object.hasOwn(TABLE, name);
}
