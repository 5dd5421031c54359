import { dirname } from 'node:path';
import { lookAt, type Root } from '../../system/look/index.js';
import { readSecurityModules } from '../../system/os/security.js';

/** From where libvirtd's AppArmor profile lets hooks run programs. Source: usr.sbin.libvirtd of libvirt 9. */
const FOLDERS = ['/bin', '/sbin', '/usr/bin', '/usr/sbin'];
const PROFILES = ['usr.sbin.libvirtd', 'usr.sbin.virtqemud'];

/**
 * What AppArmor or SELinux need before libvirtd can run the hook, a line each. In libvirt's
 * AppArmor profile hooks stay in it (`/etc/libvirt/hooks/** rmix`), and what they run of the usual
 * folders leaves it (`/usr/bin/* PUx`); a Node elsewhere is refused. SELinux lets hooks do everything
 * if the file has its folder's label, which a folder that was made by hand has not.
 */
export function confinement(node: string, root: Root = '/'): string[] {
  const lines: string[] = [];
  const look = lookAt(root);
  const { apparmor, selinux } = readSecurityModules(look);
  for (const name of apparmor ? PROFILES : []) {
    if (FOLDERS.includes(dirname(node)) || !look.exists(`/etc/apparmor.d/${name}`)) continue;
    lines.push(
      `AppArmor lets hooks run no program in ${dirname(node)}; add the line '${node} PUx,' to ` +
        `/etc/apparmor.d/local/${name} and run: systemctl reload apparmor`,
    );
  }
  if (selinux) {
    lines.push('SELinux is on; label the hook: restorecon -R /etc/libvirt/hooks');
  }
  return lines;
}
