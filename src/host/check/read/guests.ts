/** The QEMUs that run, by their command lines. */
import { existsSync, readlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import { findMemory, isShared } from '../../../qemu/memory/memory.js';
import { type Argument, parseArguments, propertiesOf } from '../../../qemu/syntax/arguments.js';
import { get, isOn } from '../../../qemu/syntax/properties.js';
import { namesIn, readText } from '../../../system/text.js';
import { VmlaneError } from '../../../values/errors.js';
import type { QemuGuest } from '../facts.js';

const PROGRAM = /^(qemu-system-\w+|qemu-kvm|kvm)$/;

export function readGuests(root: string): QemuGuest[] {
  const pids = namesIn(join(root, 'proc')).filter((name) => /^\d+$/.test(name));
  return pids.flatMap((pid): QemuGuest[] => {
    if (namespaceOf(pid, root) !== namespaceOf('self', root)) return [];
    const [program = '', ...argv] = (readText(join(root, 'proc', pid, 'cmdline')) ?? '').split(
      '\0',
    );
    if (!PROGRAM.test(basename(program))) return [];
    try {
      return [guestOf(Number(pid), argv.slice(0, -1), root)];
    } catch (error) {
      // Its arguments are none that QEMU would take: it is about to end.
      if (error instanceof VmlaneError) return [];
      throw error;
    }
  });
}

function guestOf(pid: number, argv: readonly string[], root: string): QemuGuest {
  const list = parseArguments(argv);
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
  // The system's libvirt has the state of each guest that it knows in a file.
  const ours = argv.some((word) => word.includes('/var/lib/libvirt/qemu/domain-'));
  const orphan = ours && !existsSync(join(root, 'run/libvirt/qemu', `${basename(name)}.xml`));
  return { name, pid, sockets, orphan, private: netdevs.length > 0 && !sharesAll(list) };
}

/** Guests in containers have a libvirt of their own, whose files are not to be seen. */
function namespaceOf(pid: string, root: string): string | undefined {
  try {
    return readlinkSync(join(root, 'proc', pid, 'ns/pid'));
  } catch {
    return undefined; // it has ended, or the tree has none
  }
}

function sharesAll(list: readonly Argument[]): boolean {
  try {
    const { backends, anonymous } = findMemory(list, true);
    return anonymous === undefined && [...backends].every(isShared);
  } catch (error) {
    // That of an encrypted guest cannot be.
    if (error instanceof VmlaneError) return false;
    throw error;
  }
}
