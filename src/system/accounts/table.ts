/** /etc/passwd and /etc/group. */
import { type Look, lookAt, type Root } from '../look/index.js';

/** Their fields, line by line. */
export function readAccounts(kind: 'user' | 'group', root: Root = '/'): string[][] {
  const text = lookAt(root).text(accountFile(kind)) ?? '';
  return text.split('\n').map((line) => line.split(':'));
}

/** The file with the entries. */
export function accountFile(kind: 'user' | 'group'): string {
  return kind === 'user' ? '/etc/passwd' : '/etc/group';
}

/** Number of an account; undefined: no such name. `+107` and `107` are numbers. */
export function accountId(look: Look, kind: 'user' | 'group', name: string): number | undefined {
  const id = readAccounts(kind, look).find(([found]) => found === name)?.[2];
  return id !== undefined && /^\d+$/.test(id) ? Number(id) : numberOf(name);
}

/** libvirt reads `+107` as a number and, if there is no such name, `107`, too (virGetUserID). */
export function numberOf(text: string): number | undefined {
  const digits = /^\+?(\d{1,10})$/.exec(text)?.[1];
  return digits === undefined ? undefined : Number(digits);
}
