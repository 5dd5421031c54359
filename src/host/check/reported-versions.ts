/** Versions that QEMU and libvirt report. */
import { parseVersion, type Version } from '../../qemu/index.js';
import type { Look } from '../../system/look/index.js';
import { debianVersion } from '../../system/os/packages.js';
import type { Ask } from '../../system/processes/programs.js';
import { ofAll } from '../../values/distributions.js';
import { architectureOf } from '../wrap/settings/index.js';
import type { View } from './check.js';

export interface VersionFacts {
  qemu?: Reported;
  libvirt?: Reported;
  /** Where a missing program was looked for. */
  sought: { qemu: string; libvirt: string };
}

export interface Reported {
  version: Version;
  /** The program and its output. */
  by: string;
}

/** The first answer with a version; Debian's package list if nothing can be run. */
export async function readVersions({ ask, host }: View): Promise<VersionFacts> {
  const arch = architectureOf();
  const emulators = [`qemu-system-${arch}`, ...ofAll((row) => row.emulators)];
  const daemons = ['libvirtd', '/usr/sbin/libvirtd', '/usr/sbin/virtqemud', 'virsh'];
  const qemu = (await first(ask, emulators, parseVersion)) ?? packaged('qemu-system-x86', host);
  const libvirt = (await first(ask, daemons, libvirtVersion)) ?? packaged('libvirt-daemon', host);
  return {
    ...(qemu && { qemu }),
    ...(libvirt && { libvirt }),
    sought: { qemu: emulators.join(', '), libvirt: daemons.join(', ') },
  };
}

async function first(
  ask: Ask,
  programs: readonly string[],
  parse: (text: string) => Version | undefined,
): Promise<Reported | undefined> {
  for (const program of programs) {
    const answer = await ask(program, ['--version']);
    const version = 'text' in answer ? parse(answer.text) : undefined;
    if (!version || !('text' in answer)) continue;
    return { version, by: `${program}: ${answer.text.split('\n')[0]}` };
  }
  return undefined;
}

/** `libvirtd (libvirt) 9.0.0`; virsh says the number alone. */
function libvirtVersion(text: string): Version | undefined {
  const [, major, minor] = /^(?:\S+ \(libvirt\) )?(\d+)\.(\d+)\.\d+$/m.exec(text) ?? [];
  return major === undefined ? undefined : [Number(major), Number(minor)];
}

function packaged(name: string, look: Look): Reported | undefined {
  const version = debianVersion(name, look);
  return version && { version, by: `package ${name}` };
}
