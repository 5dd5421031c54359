import type { Look } from '../../../system/look/index.js';
import { readSecurityModules } from '../../../system/os/security.js';
import { hasRules } from '../../wrap/rules.js';
import { hostSecurity } from '../../wrap/security.js';
import type { SecurityFacts } from '../facts.js';

const DOMAINS = '/etc/libvirt/qemu';
const RULES = '/etc/apparmor.d/local/abstractions/libvirt-qemu';
/** What guests and their daemon are called in the kernel's log. */
const OURS = /qemu|libvirt|svirt|virtlogd|vmlane/;
const DENIAL = /apparmor="DENIED"|avc: +denied/;
/** As many as show what is refused. */
const MOST = 5;

export function readSecurity(kernel: readonly string[] | undefined, look: Look): SecurityFacts {
  const { apparmor, selinux } = hostSecurity(look);
  const { selinux: mode } = readSecurityModules(look);
  const wrapped = look.names(DOMAINS).filter((name) => {
    if (!name.endsWith('.xml')) return false;
    const text = look.text(`${DOMAINS}/${name}`) ?? '';
    return /<emulator>[^<]*qemu-wrap[^</]*<\/emulator>/.test(text);
  });
  const denied = (kernel ?? []).filter((line) => DENIAL.test(line) && OURS.test(line));
  return {
    apparmor,
    ...(selinux && mode !== undefined && { selinux: mode }),
    wrapped: wrapped.map((name) => name.slice(0, -'.xml'.length)),
    ruled: hasRules(look.text(RULES) ?? ''),
    denials: denied.slice(-MOST),
  };
}
