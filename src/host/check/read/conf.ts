import { usualUser } from '../../../system/accounts/qemu.js';
import { type Conf, parseConf, settingOf } from '../../../system/libvirt/conf.js';
import { QEMU_CONF } from '../../../system/libvirt/qemu-conf.js';
import type { Look } from '../../../system/look/index.js';
import type { ConfFacts } from '../facts.js';

export function readConf(look: Look): ConfFacts {
  const path = QEMU_CONF;
  const usualAccount = usualUser(look) !== undefined;
  const text = look.text(path);
  if (text !== undefined) {
    const conf = parseConf(text);
    return { path, conf, usualAccount, absent: absentDevices(conf, look) };
  }
  const trouble = look.trouble(path) ?? 'it cannot be read';
  return { path, conf: { settings: [] }, trouble, usualAccount, absent: [] };
}

function absentDevices(conf: Conf, look: Look): string[] {
  const value = settingOf(conf, 'cgroup_device_acl')?.value;
  const list = Array.isArray(value) ? value : [];
  return list.filter((one): one is string => typeof one === 'string' && !look.exists(one));
}
