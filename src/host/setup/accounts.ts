import type { Look } from '../../system/files/look.js';
import { InvalidInput } from '../../values/errors.js';
import { distribution, usualGroups } from './os.js';
import { readConf } from './qemu-conf.js';

export const QEMU_CONF = '/etc/libvirt/qemu.conf';

/** Number of an account of the host; `+107` and `107` are numbers. @throws InvalidInput for one that is not there */
export function accountId(look: Look, kind: 'user' | 'group', name: string): number {
  if (/^\+?\d+$/.test(name)) return Number(name);
  const file = kind === 'user' ? '/etc/passwd' : '/etc/group';
  const lines = (look.text(file) ?? '').split('\n').map((line) => line.split(':'));
  const id = lines.find(([found]) => found === name)?.[2];
  if (id !== undefined && /^\d+$/.test(id)) return Number(id);
  const remedy = 'install libvirt, which makes it, or name another';
  throw new InvalidInput({ thing: `${kind} ${name}`, problem: `not in ${file}`, remedy });
}

/** QEMU's group: the one asked for, libvirt's setting, or the distribution's. @throws InvalidInput */
export function qemuGroup(look: Look, wished: string | undefined): { name: string; gid: number } {
  const set = readConf(look.text(QEMU_CONF) ?? '', QEMU_CONF).get('group');
  const name = wished ?? (typeof set === 'string' && set !== '' ? set : undefined);
  if (name !== undefined) return { name, gid: accountId(look, 'group', name) };
  const groups = (look.text('/etc/group') ?? '').split('\n').map((line) => line.split(':')[0]);
  const usual = usualGroups(distribution(look)).find((one) => groups.includes(one));
  if (usual !== undefined) return { name: usual, gid: accountId(look, 'group', usual) };
  throw new InvalidInput({
    thing: "QEMU's group",
    problem: 'it is not known on this host',
    remedy: 'install libvirt, or name it with --qemu-group',
  });
}
