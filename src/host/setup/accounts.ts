import { SWITCH_USER } from '../../switch/index.js';
import { usualGroup } from '../../system/accounts/qemu.js';
import { accountFile, accountId, readAccounts } from '../../system/accounts/table.js';
import type { HostChange, HostPlan } from '../../system/files/changes.js';
import { edited } from '../../system/files/edit.js';
import { settingOf } from '../../system/libvirt/conf.js';
import { readConf } from '../../system/libvirt/edit.js';
import { QEMU_CONF } from '../../system/libvirt/qemu-conf.js';
import type { Look } from '../../system/look/index.js';
import { hasSystemd } from '../../system/os/systemd.js';
import { InvalidInput } from '../../values/errors.js';

/** Id of an account of the host. @throws InvalidInput for an unknown account */
export function idOf(look: Look, kind: 'user' | 'group', name: string): number {
  const id = accountId(look, kind, name);
  if (id !== undefined) return id;
  const remedy = 'install libvirt, which makes it, or name another';
  const problem = `not in ${accountFile(kind)}`;
  throw new InvalidInput({ thing: `${kind} ${name}`, problem, remedy });
}

/** QEMU's group: the requested one, else libvirt's setting, else the distribution's default. @throws InvalidInput */
export function qemuGroup(look: Look, wished: string | undefined): { name: string; gid: number } {
  const conf = readConf(look.text(QEMU_CONF) ?? '', QEMU_CONF);
  const set = settingOf(conf, 'group')?.value;
  const name = wished ?? (typeof set === 'string' && set !== '' ? set : usualGroup(look));
  if (name !== undefined) return { name, gid: idOf(look, 'group', name) };
  throw new InvalidInput({
    thing: "QEMU's group",
    problem: 'it is not known on this host',
    remedy: 'install libvirt, or name it with --qemu-group',
  });
}

const SYSUSERS = '/etc/sysusers.d/vmlane.conf';
/** The package's, of the same name: the administrator's hides it. */
export const PACKAGED_ACCOUNT = '/usr/lib/sysusers.d/vmlane.conf';

/**
 * The account that root's switch becomes, unless the host has it. It is in QEMU's group, so that it may dial
 * sockets where QEMU listens. An image without systemd gets none: no program runs in it.
 */
export function planAccount(look: Look, wished: string | undefined): HostPlan {
  const group = groupIfAny(look, wished);
  const why = 'the user that the switch becomes';
  if (accountId(look, 'user', SWITCH_USER) !== undefined) return planMember(look, group, why);
  const notes = ['a running switch stays root until it is started again'];
  const account = { kind: 'account', name: SWITCH_USER, why } as const;
  if (!hasSystemd(look)) {
    if (!look.live) return { steps: [], notes: [] };
    const member = `usermod --append --groups ${group} ${SWITCH_USER}`;
    if (group !== undefined)
      notes.push(`where QEMU listens, the switch needs its group: ${member}`);
    return { steps: [{ ...account, run: 'add vmlane' }], notes };
  }
  const steps = edited(look, SYSUSERS, accountLines(SETUP, group), why);
  // In an image it is made by whoever runs the command there, which the first run names.
  if (!look.live && steps.length === 0) return { steps, notes: [] };
  return { steps: [...steps, { ...account, run: 'make accounts' }], notes: look.live ? notes : [] };
}

const SETUP = 'Written by vmlane host setup.';

/** sysusers.d(5) of the account. A host's package has no group: it would make one that libvirt is to make. */
export function accountLines(author: string, group?: string): string {
  const member = group === undefined ? '' : `m ${SWITCH_USER} ${group}\n`;
  return `# ${author}\nu ${SWITCH_USER} - "vmlane's switch" /\n${member}`;
}

/** The package's account comes into QEMU's group; one that somebody else made stays as it is. */
function planMember(look: Look, group: string | undefined, why: string): HostPlan {
  const none = { steps: [], notes: [] };
  if (group === undefined || !look.exists(PACKAGED_ACCOUNT)) return none;
  const members = readAccounts('group', look).find(([name]) => name === group)?.[3] ?? '';
  if (members.split(',').includes(SWITCH_USER)) return none;
  const steps = edited(look, SYSUSERS, accountLines(SETUP, group), why);
  return { steps: [...steps, { kind: 'command', run: 'make accounts', why }], notes: [] };
}

/**
 * Whether the host has the account once these steps are done. Not yet in an image, whose folders systemd-tmpfiles
 * could not make for an account that it does not know; the switch's start gives them to it later.
 */
export function hasAccount(look: Look, steps: readonly HostChange[]): boolean {
  const made = look.live && steps.some((step) => step.kind === 'account');
  return made || accountId(look, 'user', SWITCH_USER) !== undefined;
}

function groupIfAny(look: Look, wished: string | undefined): string | undefined {
  try {
    return qemuGroup(look, wished).name;
  } catch (error) {
    // A host without libvirt: its guests may run as anybody.
    if (!(error instanceof InvalidInput) || wished !== undefined) throw error;
    return undefined;
  }
}
