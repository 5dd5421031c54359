import { setTimeout as sleep } from 'node:timers/promises';
import type { PortOwner } from '../../../guests/by-hand.js';
import { isRemote, libvirtUri } from '../../../libvirt/uri.js';
import type { Port } from '../../../switch/index.js';
import { VmlaneError } from '../../../values/errors.js';
import { type Io, say } from '../../io.js';
import { withLibvirt } from '../libvirt.js';

/** A hanging libvirt must not delay a change of the switch. */
const PATIENCE_MS = 3000;

/** Says that the guest's next start will undo this setting, if libvirt knows a guest of this port. */
export async function tellUntil(io: Io, port: Port): Promise<void> {
  const owner = await ownerOf(io, port);
  if (!owner) return;
  const { guest, wrapped } = owner;
  const keep = wrapped
    ? `keep it: put it into <metadata> with 'virsh edit ${guest}', where libvirt's hook finds it`
    : `keep it: put it into the guest's spec, or into <metadata> with 'virsh edit ${guest}'`;
  say(io, `port ${port.name}: until the next start of guest ${guest}; ${keep}`);
}

async function ownerOf(io: Io, port: Port): Promise<PortOwner | undefined> {
  const uri = libvirtUri(undefined, io.env);
  // Names of guests' ports contain a dot. The switch runs on this host, so a remote libvirt has other guests.
  if (!port.name.includes('.') || isRemote(uri)) return undefined;
  const { portOwner } = await import('../../../guests/by-hand.js');
  const asked = withLibvirt(uri, (libvirt) => portOwner(libvirt, port)).catch((error: unknown) => {
    if (error instanceof VmlaneError) return undefined;
    throw error;
  });
  return Promise.race([asked, sleep(PATIENCE_MS, undefined, { ref: false })]);
}
