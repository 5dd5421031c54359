/** How this host confines QEMU, and what SELinux's policy lacks for guests. */
import { qemuValue } from '../../system/libvirt/qemu-conf.js';
import type { Look, Root } from '../../system/look/index.js';
import { hasPolicy, policyBoolean, readSecurityModules } from '../../system/os/security.js';

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

/** Something that SELinux's policy lacks, and what brings it. */
export interface Lack {
  problem: string;
  remedy: string;
}

/** What keeps guests from the switch, or from running the wrapper, on a host with SELinux. `wrapped`: some are to run it. */
export function policyLacks(look: Look, wrapped: boolean): Lack[] {
  const lacks: Lack[] = [];
  if (!hasPolicy(look)) {
    const problem = `SELinux keeps guests from the switch${wrapped ? ' and from qemu-wrap' : ''}`;
    lacks.push({ problem, remedy: "'vmlane host setup --selinux' loads vmlane's module" });
  }
  // Node, which qemu-wrap asks, makes code as it runs.
  if (wrapped && policyBoolean(look, EXECMEM) === false) {
    const problem = 'SELinux keeps qemu-wrap from running Node';
    lacks.push({ problem, remedy: `let guests make code: setsebool -P ${EXECMEM} on` });
  }
  return lacks;
}

const EXECMEM = 'virt_use_execmem';
