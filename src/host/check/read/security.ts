import { join } from 'node:path';
import { namesIn, readText } from '../../../system/text.js';
import { hasRules } from '../../wrap/rules.js';
import { hostSecurity } from '../../wrap/security.js';
import type { SecurityFacts } from '../facts.js';

const DOMAINS = 'etc/libvirt/qemu';
const RULES = 'etc/apparmor.d/local/abstractions/libvirt-qemu';
/** What guests and their daemon are called in the kernel's log. */
const OURS = /qemu|libvirt|svirt|virtlogd|vmlane/;
const DENIAL = /apparmor="DENIED"|avc: +denied/;
/** As many as show what is refused. */
const MOST = 5;

export function readSecurity(kernel: readonly string[] | undefined, root: string): SecurityFacts {
  const { apparmor, selinux } = hostSecurity(root);
  const enforce = readText(join(root, 'sys/fs/selinux/enforce'))?.trim();
  const wrapped = namesIn(join(root, DOMAINS)).filter((name) => {
    if (!name.endsWith('.xml')) return false;
    return /<emulator>[^<]*qemu-wrap[^</]*<\/emulator>/.test(
      readText(join(root, DOMAINS, name)) ?? '',
    );
  });
  const denied = (kernel ?? []).filter((line) => DENIAL.test(line) && OURS.test(line));
  return {
    apparmor,
    ...(selinux && { selinux: enforce === '1' ? 'enforcing' : 'permissive' }),
    wrapped: wrapped.map((name) => name.slice(0, -'.xml'.length)),
    ruled: hasRules(readText(join(root, RULES)) ?? ''),
    denials: denied.slice(-MOST),
  };
}
