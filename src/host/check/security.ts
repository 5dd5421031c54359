import { readSecurityModules } from '../../system/os/security.js';
import { areWide, GUEST_RULES, hasRules } from '../wrap/rules.js';
import { hostSecurity, type Lack, policyLacks } from '../wrap/security.js';
import { ALL, type Check, type FactsOf, type View } from './check.js';
import { type Found, failure, ok, warning } from './finding.js';
import { readKernelLog } from './logs.js';

export interface SecurityFacts {
  apparmor: boolean;
  /** Absent without SELinux. */
  selinux?: 'enforcing' | 'permissive';
  /** What its policy lacks for guests. */
  lacks: readonly Lack[];
  /** Domains with qemu-wrap as emulator. */
  wrapped: readonly string[];
  /** AppArmor rules for the wrapper are installed. */
  ruled: boolean;
  /** They are of a version that let guests dial each other's sockets. */
  wide: boolean;
  /** Denials in the kernel's log that concern QEMU, libvirt or this package. */
  denials: readonly string[];
}

const DOMAINS = '/etc/libvirt/qemu';
/** Names of guests and their daemons in the kernel's log. */
const OURS = /qemu|libvirt|svirt|virtlogd|vmlane/;
const DENIAL = /apparmor="DENIED"|avc: +denied/;
/** How many denials to show. */
const MOST = 5;

async function readSecurity({ host, fact }: View): Promise<SecurityFacts> {
  const { apparmor, selinux } = hostSecurity(host);
  const { selinux: mode } = readSecurityModules(host);
  const wrapped = host.names(DOMAINS).filter((name) => {
    if (!name.endsWith('.xml')) return false;
    const text = host.text(`${DOMAINS}/${name}`) ?? '';
    return /<emulator>[^<]*qemu-wrap[^</]*<\/emulator>/.test(text);
  });
  const kernel = (await fact(readKernelLog)) ?? [];
  const rules = host.text(GUEST_RULES) ?? '';
  const denied = kernel.filter((line) => DENIAL.test(line) && OURS.test(line));
  return {
    apparmor,
    ...(selinux && mode !== undefined && { selinux: mode }),
    lacks: selinux ? policyLacks(host, wrapped.length > 0) : [],
    wrapped: wrapped.map((name) => name.slice(0, -'.xml'.length)),
    ruled: hasRules(rules),
    wide: areWide(rules),
    denials: denied.slice(-MOST),
  };
}

const READS = { security: readSecurity };

export const security: Check<typeof READS> = { name: 'security', levels: ALL, reads: READS, judge };

function* judge({ security }: FactsOf<typeof READS>): Iterable<Found> {
  const { apparmor, selinux, lacks, wrapped, ruled, wide, denials } = security;
  const modules = [
    ...(apparmor ? ['AppArmor on'] : []),
    ...(selinux ? [`SELinux ${selinux}`] : []),
  ];
  const state = modules.join(', ') || 'neither AppArmor nor SELinux';
  const evidence = '/sys/module/apparmor, /sys/fs/selinux, security_driver';
  const domains = `qemu-wrap is the emulator of ${wrapped.join(', ')}`;
  if (apparmor && wrapped.length > 0 && !ruled) {
    yield failure(
      'AppArmor lets no guest run qemu-wrap',
      `${domains}; no rules in ${GUEST_RULES}`,
      "'vmlane wrap install' adds them",
    );
  } else if (selinux === 'enforcing' && lacks.length > 0) {
    const seen = wrapped.length > 0 ? domains : evidence;
    for (const { problem, remedy } of lacks) yield warning(problem, seen, remedy);
  } else {
    yield ok(state, evidence);
  }
  if (apparmor && wide) {
    yield warning(
      "AppArmor lets guests dial each other's sockets",
      `rules of an older version in ${GUEST_RULES}`,
      "'vmlane host setup --apparmor' or 'vmlane wrap install --rules' writes each guest's own",
    );
  }
  for (const line of denials) {
    yield warning(
      'something was denied to a guest or to libvirt',
      line.replace(/^\[[^\]]*\] /, ''),
      line.includes('apparmor=')
        ? `allow it in ${GUEST_RULES}, then: systemctl reload apparmor`
        : 'see what is to be labelled: ausearch -m avc | audit2why',
    );
  }
}
