import { lookAt, type Root } from '../look/index.js';

/** The kernel's security modules that confine programs. */
export interface SecurityModules {
  apparmor: boolean;
  /** Absent: no SELinux. */
  selinux?: 'enforcing' | 'permissive';
}

export function readSecurityModules(root: Root = '/'): SecurityModules {
  const look = lookAt(root);
  const enforce = look.text('/sys/fs/selinux/enforce')?.trim();
  return {
    apparmor: look.text('/sys/module/apparmor/parameters/enabled')?.startsWith('Y') === true,
    ...(enforce !== undefined && { selinux: enforce === '1' ? 'enforcing' : 'permissive' }),
  };
}
