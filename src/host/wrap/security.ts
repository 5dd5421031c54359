/** How this host confines QEMU, and what SELinux needs before a guest may run the wrapper. */
import { qemuValue } from '../../system/libvirt/qemu-conf.js';
import type { Root } from '../../system/look/index.js';
import { readSecurityModules } from '../../system/os/security.js';

/** How this host confines QEMU. */
export interface HostSecurity {
  /** QEMU runs as its own user, not as root. */
  others: boolean;
  apparmor: boolean;
  selinux: boolean;
}

/** Reads libvirt's qemu.conf and the kernel's settings; assumes Debian's defaults for what cannot be read. */
export function hostSecurity(root: Root = '/'): HostSecurity {
  const set = qemuValue(root);
  // One driver, or a list of them.
  const confined = [set('security_driver')].flat().join() !== 'none';
  const { apparmor, selinux } = readSecurityModules(root);
  return {
    others: !['root', '0', '+0'].includes(String(set('user') ?? '')),
    apparmor: confined && apparmor,
    selinux: confined && selinux !== undefined,
  };
}

/** The commands that label the wrapper as an emulator, so that SELinux lets guests run it. */
export function selinuxCommands(wrapper: string): string[] {
  return [
    `semanage fcontext --add --type qemu_exec_t '${wrapper}'`,
    `restorecon '${wrapper}'`,
    "semanage fcontext --add --type qemu_var_run_t '/run/vmlane/guests(/.*)?'",
    'restorecon -R /run/vmlane/guests',
  ];
}
