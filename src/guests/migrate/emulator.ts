/** Which QEMU emulates a guest, and whether that keeps count of what the guest writes while it moves. */
import type { Domain } from '../../domain/index.js';
import { usualQemu } from '../../libvirt/virsh.js';
import type { Version } from '../../qemu/host.js';
import { has } from '../../qemu/version.js';

/** An unknown QEMU counts as one that does not. */
export const keepsCount = (emulator: { version?: Version }): boolean =>
  has(emulator, 'moves of emulated guests that run meanwhile');

/**
 * The version of a running guest's QEMU, or one that it is no older than; undefined: it is not the usual one of that
 * libvirt's host. QEMU itself is not asked: libvirt would call the guest tainted.
 */
export async function emulatorVersion(uri: string, domain: Domain): Promise<Version | undefined> {
  const version = domain.machineVersion;
  if (version && keepsCount({ version })) return version;
  const usual = await usualQemu(uri);
  return usual?.path === domain.emulator ? usual?.version : undefined;
}
