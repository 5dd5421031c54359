/** vhost-user networks of running guests, from QEMU's command lines. */
import { basename } from 'node:path';
import { informational } from '../../qemu/informational.js';
import { findMemory, isShared } from '../../qemu/memory/memory.js';
import { type Argument, parseArguments, propertiesOf } from '../../qemu/syntax/arguments.js';
import { get, isOn } from '../../qemu/syntax/properties.js';
import { VmlaneError } from '../../values/errors.js';
import { type Look, lookAt, type Root } from '../look/index.js';
import { type Qemu, readQemus } from './guests.js';

/** A running QEMU. */
export interface QemuGuest {
  name: string;
  pid: number;
  /** Sockets of its vhost-user NICs; `listens`: created by QEMU. */
  sockets: readonly { path: string; listens: boolean }[];
  /** No other process can map its memory. */
  private: boolean;
  /** libvirt started it, and has lost it since. */
  orphan: boolean;
}

/** Running QEMUs of this host. One run for its version, or probed by libvirt, has no guest. */
export function readGuests(root: Root = '/'): QemuGuest[] {
  const look = lookAt(root);
  return readQemus(look).flatMap((one): QemuGuest[] => {
    try {
      const list = parseArguments(one.argv);
      return informational(list) ? [] : [guestOf(one, list, look)];
    } catch (error) {
      // QEMU would not accept its arguments: it is about to end.
      if (error instanceof VmlaneError) return [];
      throw error;
    }
  });
}

function guestOf({ pid, argv }: Qemu, list: readonly Argument[], look: Look): QemuGuest {
  const all = (option: string) => list.filter((one) => one.option === option).map(propertiesOf);
  const name = all('name').flatMap((one) => get(one, 'guest') ?? [])[0] ?? `process ${pid}`;
  const netdevs = all('netdev').filter((one) => get(one, 'type') === 'vhost-user');
  const used = netdevs.map((one) => get(one, 'chardev'));
  const chardevs = all('chardev');
  const sockets = chardevs.flatMap((one) => {
    const path = get(one, 'path');
    if (path === undefined || !used.includes(get(one, 'id'))) return [];
    return [{ path, listens: isOn(get(one, 'server')) }];
  });
  // The system's libvirt keeps each known guest's state in a file.
  const ours = argv.some((word) => word.includes('/var/lib/libvirt/qemu/domain-'));
  const orphan = ours && !look.exists(`/run/libvirt/qemu/${basename(name)}.xml`);
  return { name, pid, sockets, orphan, private: netdevs.length > 0 && !sharesAll(list) };
}

function sharesAll(list: readonly Argument[]): boolean {
  try {
    const { backends, anonymous } = findMemory(list, true);
    return anonymous === undefined && [...backends].every(isShared);
  } catch (error) {
    // An encrypted guest's memory cannot be shared.
    if (error instanceof VmlaneError) return false;
    throw error;
  }
}
