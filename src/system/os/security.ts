import { type Look, lookAt, type Root } from '../look/index.js';

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

/** Whether vmlane's module of SELinux's policy is loaded: the policy that is in use then labels our files. */
export function hasPolicy(look: Look): boolean {
  const config = look.text('/etc/selinux/config') ?? '';
  const [, type = 'targeted'] = /^SELINUXTYPE=(\w+)/m.exec(config) ?? [];
  const contexts = look.text(`/etc/selinux/${type}/contexts/files/file_contexts`) ?? '';
  return contexts.includes(':vmlane_guests_t:');
}

/** A switch of SELinux's policy (setsebool); undefined: it has none of this name. */
export function policyBoolean(look: Look, name: string): boolean | undefined {
  const text = look.text(`/sys/fs/selinux/booleans/${name}`);
  return text === undefined ? undefined : text.startsWith('1');
}
