/** What AppArmor and SELinux must be told before a guest may run the wrapper. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { qemuConf } from '../../system/account.js';
import { Failed } from '../../values/errors.js';

/** What this host does with QEMU. `root` is `/` but in tests. */
export interface HostSecurity {
  /** QEMU runs as a user of its own, not as root. */
  others: boolean;
  apparmor: boolean;
  selinux: boolean;
}

/** Reads libvirt's qemu.conf and the kernel's switches; what cannot be read is as Debian has it. */
export function hostSecurity(root = '/'): HostSecurity {
  const set = qemuConf(root);
  const confined = set('security_driver') !== 'none';
  return {
    others: !['root', '0', '+0'].includes(set('user') ?? ''),
    apparmor: confined && text(join(root, 'sys/module/apparmor/parameters/enabled'))[0] === 'Y',
    selinux: confined && existsSync(join(root, 'sys/fs/selinux/enforce')),
  };
}

/** A file that is to hold a block of rules of ours. */
export interface RuleFile {
  path: string;
  before: string;
  after: string;
}

/** The first line of our rules in a file. */
export const RULES_BEGIN = '# begin vmlane: qemu-wrap';
const END = '# end vmlane';

/**
 * AppArmor's files for local rules, ours in them or not; Debian's profiles include both. `package`
 * is the folder of the installation, `node` the program.
 */
export function apparmorRules(
  installed: { package: string; node: string },
  wanted: boolean,
  root = '/',
): RuleFile[] {
  const files = ['abstractions/libvirt-qemu', 'usr.sbin.libvirtd'];
  return files.map((name) => {
    const path = join(root, 'etc/apparmor.d/local', name);
    const template = join(installed.package, 'templates/apparmor', name.replace(/.*\//, ''));
    const rules = readFileSync(template, 'utf8')
      .replaceAll('@VMLANE@', installed.package)
      .replaceAll('@NODE@', installed.node);
    const before = text(path);
    return { path, before, after: withBlock(before, wanted ? rules : undefined) };
  });
}

/** A text with our block replaced, added at its end, or taken out. */
export function withBlock(before: string, rules: string | undefined): string {
  const others = before.replace(new RegExp(`^${RULES_BEGIN}\\n[^]*?^${END}\\n`, 'm'), '');
  if (rules === undefined) return others;
  const gap = others === '' || others.endsWith('\n') ? '' : '\n';
  return `${others}${gap}${RULES_BEGIN}\n${rules}${END}\n`;
}

/** Writes a file of rules; what was there before is kept beside it, once. @throws Failed */
export function writeRules({ path, before, after }: RuleFile): void {
  try {
    mkdirSync(dirname(path), { recursive: true });
    if (before !== '' && !existsSync(`${path}.vmlane-backup`)) {
      writeFileSync(`${path}.vmlane-backup`, before);
    }
    writeFileSync(path, after);
  } catch (cause) {
    const problem = `cannot be written (${(cause as NodeJS.ErrnoException).code})`;
    throw new Failed({ thing: path, problem, remedy: 'run this as root' }, { cause });
  }
}

/** The commands that label the wrapper as an emulator for SELinux, which then may run it. */
export function selinuxCommands(wrapper: string): string[] {
  return [
    `semanage fcontext --add --type qemu_exec_t '${wrapper}'`,
    `restorecon '${wrapper}'`,
    "semanage fcontext --add --type qemu_var_run_t '/run/vmlane(/.*)?'",
    'restorecon -R /run/vmlane',
  ];
}

function text(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return ''; // not there, or not for us to read
  }
}
