import type { Facts } from './facts.js';
import { type Found, failure, ok, warning } from './finding.js';

export function* security({ security }: Facts): Iterable<Found> {
  const { apparmor, selinux, wrapped, ruled, denials } = security;
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
      `${domains}; no rules in /etc/apparmor.d/local/abstractions/libvirt-qemu`,
      "'vmlane wrap install' adds them",
    );
  } else if (selinux === 'enforcing' && wrapped.length > 0) {
    yield warning(
      'SELinux lets guests run qemu-wrap only with the label qemu_exec_t',
      domains,
      "'vmlane wrap install --dry-run' shows the commands",
    );
  } else {
    yield ok(state, evidence);
  }
  for (const line of denials) {
    yield warning(
      'something was denied to a guest or to libvirt',
      line.replace(/^\[[^\]]*\] /, ''),
      line.includes('apparmor=')
        ? 'allow it in /etc/apparmor.d/local/abstractions/libvirt-qemu, then: systemctl reload apparmor'
        : 'see what is to be labelled: ausearch -m avc | audit2why',
    );
  }
}
