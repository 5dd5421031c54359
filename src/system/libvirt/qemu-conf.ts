/** libvirt's qemu.conf on a host. */
import { lookAt, type Root } from '../look/index.js';
import { type Conf, type ConfValue, parseConf, settingOf } from './conf.js';

export const QEMU_CONF = '/etc/libvirt/qemu.conf';

/** Its content, parsed like libvirt does; undefined: missing or unreadable. */
export function readQemuConf(root: Root = '/'): Conf | undefined {
  const text = lookAt(root).text(QEMU_CONF);
  return text === undefined ? undefined : parseConf(text);
}

/** Its values by key; undefined: not set. */
export function qemuValue(root: Root = '/'): (key: string) => ConfValue | undefined {
  const conf = readQemuConf(root) ?? { settings: [] };
  return (key) => settingOf(conf, key)?.value;
}

/** Texts and numbers by key; undefined: not set, or a list. */
export function qemuSetting(root: Root = '/'): (key: string) => string | undefined {
  const of = qemuValue(root);
  return (key) => {
    const value = of(key);
    return value === undefined || Array.isArray(value) ? undefined : String(value);
  };
}
