/** libvirt's account for QEMU. */
import type { Account } from '../../values/access.js';
import { ofAll } from '../../values/distributions.js';
import { qemuSetting } from '../libvirt/qemu-conf.js';
import { lookAt, type Root } from '../look/index.js';
import { readRelease } from '../os/release.js';
import { numberOf, readAccounts } from './table.js';

/** The distribution's user for QEMU; undefined: it does not exist. */
export function usualUser(root: Root = '/'): string | undefined {
  const users = readAccounts('user', root).map(([name]) => name);
  const { known } = readRelease(root);
  const usual = [...(known ? [known.user] : []), ...usualUsers()];
  return usual.find((name) => users.includes(name));
}

/** The compiled-in users of distributions' libvirt packages. */
export function usualUsers(): string[] {
  return ofAll(({ user }) => [user]);
}

/** For unknown distributions. */
const OTHER_GROUPS = ['qemu', 'libvirt-qemu', 'kvm'];

/** The distribution's group for QEMU; undefined: it does not exist. */
export function usualGroup(root: Root = '/'): string | undefined {
  const names = readRelease(root).known?.groups ?? OTHER_GROUPS;
  const groups = readAccounts('group', root).map(([name]) => name);
  return names.find((name) => groups.includes(name));
}

/**
 * The account in qemu.conf, else the distribution's, with the groups of virGetGroupList. Undefined if
 * there is no such account.
 */
export function qemuAccount(root: Root = '/'): Account | undefined {
  const look = lookAt(root);
  const set = qemuSetting(look);
  const [users, groups] = [readAccounts('user', look), readAccounts('group', look)];
  const user = set('user') ?? usualUser(look);
  if (user === undefined) return undefined;
  const row = users.find(([name, , uid]) => name === user || `+${uid}` === user || uid === user);
  const uid = row ? Number(row[2]) : numberOf(user);
  if (uid === undefined) return undefined;
  const group = set('group') ?? usualGroup(look) ?? '';
  const named = groups.find(([name]) => name === group);
  const own = [named ? Number(named[2]) : numberOf(group), row && Number(row[3])];
  const member = groups.filter(
    ([, , , members]) => row && members?.split(',').includes(row[0] ?? ''),
  );
  const gids = [...own, ...member.map(([, , id]) => Number(id))];
  return {
    name: row?.[0] ?? user,
    uid,
    gids: [...new Set(gids.filter(isNumber))],
  };
}

function isNumber(of: number | undefined): of is number {
  return of !== undefined && Number.isInteger(of);
}
