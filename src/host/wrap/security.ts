/** What this host does with QEMU, and what SELinux needs before a guest may run the wrapper. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { qemuConf } from '../../system/account.js';

/** What this host does with QEMU. `root` is `/` but in tests. */
export interface HostSecurity {
  /** QEMU runs as a user of its own, not as root. */
  others: boolean;
  apparmor: boolean;
  selinux: boolean;
}

/** Reads libvirt's qemu.conf and the kernel's switches; what cannot be read is as Debian has it. */
export function hostSecurity(root = '/'): HostSecurity {
  const set = qemuConf(root);
  const confined = set('security_driver') !== 'none';
  return {
    others: !['root', '0', '+0'].includes(set('user') ?? ''),
    apparmor: confined && text(join(root, 'sys/module/apparmor/parameters/enabled'))[0] === 'Y',
    selinux: confined && existsSync(join(root, 'sys/fs/selinux/enforce')),
  };
}

/** The commands that label the wrapper as an emulator for SELinux, which then may run it. */
export function selinuxCommands(wrapper: string): string[] {
  return [
    `semanage fcontext --add --type qemu_exec_t '${wrapper}'`,
    `restorecon '${wrapper}'`,
    "semanage fcontext --add --type qemu_var_run_t '/run/vmlane(/.*)?'",
    'restorecon -R /run/vmlane',
  ];
}

function text(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return ''; // not there, or not for us to read
  }
}
