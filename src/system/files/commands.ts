import { BOOT_COMMANDS } from '../../values/distributions.js';

/** vmlane's module of SELinux's policy, as it is loaded: where semodule itself may read. */
export const POLICY_MODULE = '/usr/local/share/vmlane/vmlane.cil';

/** All programs run by setup. The journal stores only these names, so no text of a file is run. */
const TABLE = {
  ...BOOT_COMMANDS,
  'daemon-reload': ['systemctl', 'daemon-reload'],
  'mount 1GiB': ['systemctl', 'start', 'dev-hugepages1G.mount'],
  'unmount 1GiB': ['systemctl', 'stop', 'dev-hugepages1G.mount'],
  'mount 2MiB': ['systemctl', 'start', 'dev-hugepages2M.mount'],
  'unmount 2MiB': ['systemctl', 'stop', 'dev-hugepages2M.mount'],
  'start switch': ['systemctl', 'restart', 'vmlane-switch.service'],
  'stop switch': ['systemctl', 'stop', 'vmlane-switch.service'],
  'start metrics': ['systemctl', 'restart', 'vmlane-metrics.service'],
  'stop metrics': ['systemctl', 'stop', 'vmlane-metrics.service'],
  'load vfio-pci': ['modprobe', 'vfio-pci'],
  'reload apparmor': ['systemctl', 'reload', 'apparmor.service'],
  'load policy': ['semodule', '-i', POLICY_MODULE],
  'unload policy': ['semodule', '-r', 'vmlane'],
  // -i: as far as they are there.
  'label files': [
    ...(['restorecon', '-i', '-R', '/run/vmlane', '/usr/bin/vhost-switch'] as const),
    ...(['/usr/lib/vmlane', '/etc/libvirt/hooks'] as const),
  ],
  'make accounts': ['systemd-sysusers', '/etc/sysusers.d/vmlane.conf'],
  'make metrics account': ['systemd-sysusers', '/etc/sysusers.d/vmlane-metrics.conf'],
  'add vmlane': [
    ...(['useradd', '--system', '--user-group', '--no-create-home', '--home-dir', '/'] as const),
    ...(['--shell', '/sbin/nologin', 'vmlane'] as const),
  ],
  'remove vmlane': ['userdel', 'vmlane'],
  'remove vmlane-metrics': ['userdel', 'vmlane-metrics'],
} as const satisfies Record<string, readonly [string, ...string[]]>;

/** Accounts that setup makes, and the command that removes each. */
const ACCOUNTS = {
  vmlane: 'remove vmlane',
  'vmlane-metrics': 'remove vmlane-metrics',
} as const satisfies Record<string, CommandName>;
export type AccountName = keyof typeof ACCOUNTS;

/** Name of a program and its arguments. */
export type CommandName = keyof typeof TABLE;

/** Its argument vector. */
export function argvOf(name: CommandName): readonly string[] {
  return TABLE[name];
}

/**
 * The file that must not name an account that is removed: with a group that is gone in its settings the switch would
 * not start.
 */
export const NAMED_IN: Partial<Record<AccountName, string>> = {
  'vmlane-metrics': '/etc/vmlane/switch.yaml',
};

/** The command that removes an account. */
export function removalOf(name: AccountName): CommandName {
  return ACCOUNTS[name];
}

/** Whether a text is the name of an account of ours. */
export function isAccount(name: string): name is AccountName {
  return Object.hasOwn(ACCOUNTS, name);
}

/** Whether it changes what the host boots with; the others change the running system. */
export function isForBoot(name: CommandName): boolean {
  return Object.hasOwn(BOOT_COMMANDS, name) || name === 'load policy';
}

/** Whether a text is the name of a program in the table. */
export function isCommand(name: string): name is CommandName {
  return Object.hasOwn(TABLE, name);
}
