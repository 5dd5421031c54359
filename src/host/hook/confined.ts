import { dirname } from 'node:path';
import { lookAt, type Root } from '../../system/look/index.js';
import { readSecurityModules } from '../../system/os/security.js';
import { daemonProfiles, localRules } from '../wrap/rules.js';

/** Folders from which libvirtd's AppArmor profile lets hooks run programs. Source: usr.sbin.libvirtd of libvirt 9. */
const FOLDERS = ['/bin', '/sbin', '/usr/bin', '/usr/sbin'];

/**
 * What AppArmor or SELinux need before libvirtd can run the hook, one line each. In libvirt's AppArmor
 * profile, hooks stay confined (`/etc/libvirt/hooks/** rmix`), programs from the usual folders run
 * unconfined (`/usr/bin/* PUx`), and a Node elsewhere is refused. SELinux lets
 * libvirtd run the hook if the file has its label of vmlane's module (host setup --selinux).
 */
export function confinement(node: string, root: Root = '/'): string[] {
  const lines: string[] = [];
  const look = lookAt(root);
  const { apparmor, selinux } = readSecurityModules(look);
  // AppArmor sees where a link leads: that of the package to the system's Node, say.
  const program = look.real(node) ?? node;
  const usual = FOLDERS.includes(dirname(program));
  for (const file of apparmor && !usual ? daemonProfiles(look).map(localRules) : []) {
    if (allows(look.text(file), program)) continue;
    lines.push(
      `AppArmor lets hooks run no program in ${dirname(program)}; 'vmlane host setup --apparmor' adds the ` +
        `rule, or add the line '${program} PUx,' to ${file} and run: systemctl reload apparmor`,
    );
  }
  if (selinux) {
    lines.push('SELinux is on; label the hook: restorecon -R /etc/libvirt/hooks');
  }
  return lines;
}

/** Whether local rules let a program be run outside of the profile, as ours do. */
function allows(rules: string | undefined, program: string): boolean {
  const lines = rules?.split('\n').map((line) => line.trim().split(/\s+/)) ?? [];
  return lines.some(([path, mode]) => path === program && mode === 'PUx,');
}
