import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { QEMU_CONF, USUAL } from '../../../system/account.js';
import { type Conf, parseConf, settingOf } from '../../../system/qemu-conf.js';
import { readText } from '../../../system/text.js';
import type { ConfFacts } from '../facts.js';

export function readConf(root: string): ConfFacts {
  const path = `/${QEMU_CONF}`;
  const names = (readText(join(root, 'etc/passwd')) ?? '')
    .split('\n')
    .map((row) => row.split(':')[0]);
  const usualAccount = USUAL.some((name) => names.includes(name));
  try {
    const conf = parseConf(readFileSync(join(root, path), 'utf8'));
    return { path, conf, usualAccount, absent: absentDevices(conf, root) };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    return { path, conf: { settings: [] }, trouble: code, usualAccount, absent: [] };
  }
}

function absentDevices(conf: Conf, root: string): string[] {
  const value = settingOf(conf, 'cgroup_device_acl')?.value;
  const list = Array.isArray(value) ? value : [];
  return list.filter(
    (one): one is string => typeof one === 'string' && !existsSync(join(root, one)),
  );
}
