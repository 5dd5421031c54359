/** The account that libvirt runs QEMU as. */
import { join } from 'node:path';
import type { Account } from '../values/access.js';
import { parseConf, settingOf } from './qemu-conf.js';
import { readText } from './text.js';

/** Debian and its kin, then Fedora and its kin; their libvirts are built for them. */
export const USUAL = ['libvirt-qemu', 'qemu'];

export const QEMU_CONF = 'etc/libvirt/qemu.conf';

/** Texts and numbers of libvirt's qemu.conf by key; undefined where it is silent or cannot be read. */
export function qemuConf(root = '/'): (key: string) => string | undefined {
  const conf = parseConf(readText(join(root, QEMU_CONF)) ?? '');
  return (key) => {
    const value = settingOf(conf, key)?.value;
    return value === undefined || Array.isArray(value) ? undefined : String(value);
  };
}

/**
 * As qemu.conf names it, else as the distribution has it, with the groups of virGetGroupList.
 * Undefined when there is no such account.
 */
export function qemuAccount(root = '/'): Account | undefined {
  const set = qemuConf(root);
  const users = rows(root, 'etc/passwd');
  const groups = rows(root, 'etc/group');
  const user = set('user') ?? USUAL.find((name) => users.some(([one]) => one === name));
  if (user === undefined) return undefined;
  const row = users.find(([name, , uid]) => name === user || `+${uid}` === user || uid === user);
  const uid = row ? Number(row[2]) : numberOf(user);
  if (uid === undefined) return undefined;
  const group = set('group') ?? USUAL.find((name) => groups.some(([one]) => one === name)) ?? '';
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

/** libvirt reads `+107` as a number and, where no such name exists, `107`, too (virGetUserID). */
function numberOf(text: string): number | undefined {
  const digits = /^\+?(\d{1,10})$/.exec(text)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

function rows(root: string, file: string): string[][] {
  return (readText(join(root, file)) ?? '').split('\n').map((line) => line.split(':'));
}
