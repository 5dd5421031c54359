import { usualGroup } from '../../system/accounts/qemu.js';
import { accountFile, accountId } from '../../system/accounts/table.js';
import { settingOf } from '../../system/libvirt/conf.js';
import { readConf } from '../../system/libvirt/edit.js';
import { QEMU_CONF } from '../../system/libvirt/qemu-conf.js';
import type { Look } from '../../system/look/index.js';
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
