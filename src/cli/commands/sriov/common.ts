/** What the commands on SR-IOV share. */

import { resolve } from 'node:path';
import { isRemote, libvirtUri, uriOfHere } from '../../../libvirt/uri.js';
import type { DomainUses } from '../../../sriov/users/domains.js';
import type { Write } from '../../../system/devices/sysfs.js';
import { lookAt } from '../../../system/look/index.js';
import { daemonSockets } from '../../../system/processes/daemons.js';
import { InvalidInput } from '../../../values/errors.js';
import { type Io, say } from '../../io.js';
import { flag, json, text } from '../../options.js';
import { type Column, type Json, table } from '../../output.js';
import { type connectOption, withLibvirt } from '../libvirt.js';

export const rootOption = {
  root: text(
    'root',
    'Folder that stands for /, such as a copy of another host [default: /]',
    'file',
  ),
} as const;

/** Options of commands that only look. */
export const lookOptions = { ...rootOption, json } as const;

/** Options of commands that change the host. */
export const changeOptions = {
  'dry-run': flag('Show what would be written, change nothing'),
  ...lookOptions,
} as const;

/** Options of commands that show who uses a VF. */
export const userOptions = {
  connect: text(
    'connect',
    'Also ask this libvirt who uses what [default: $LIBVIRT_DEFAULT_URI or qemu:///system, if it runs]',
  ),
} satisfies typeof connectOption;

/** The folder that stands for `/`, absolute. @throws InvalidInput */
export function rootOf(given: string | undefined): string {
  const root = resolve(given ?? '/');
  if (lookAt().stat(root)?.kind === 'folder') return root;
  const remedy = 'name a folder that has sys/bus/pci/devices';
  throw new InvalidInput({ thing: `--root ${given}`, problem: 'is not a folder', remedy });
}

/** Other changes of this host take seconds; the kernel may need 30 s for one write (system/devices/sysfs.ts). */
const WAIT_SECONDS = 10;

/**
 * Reads, decides and changes, while no other vmlane changes the host: neither another of these commands nor
 * `host setup`, as VFs, IOMMU groups and modules are shared by all cards. A dry run takes no lock.
 * @throws Failed if another one is not done in time, naming it
 */
export async function changing<T>(
  { root, dryRun = false, waitSeconds = WAIT_SECONDS }: Changing,
  act: () => Promise<T>,
): Promise<T> {
  if (dryRun) return act();
  const { locked } = await import('../../../system/files/lock.js');
  return locked(root, act, waitSeconds);
}

interface Changing {
  root: string;
  dryRun?: boolean | undefined;
  waitSeconds?: number;
}

/** A whole number among a command's words. @throws InvalidInput */
export function wholeNumber(name: string, given: string, most: number): number {
  if (/^\d{1,9}$/.test(given) && Number(given) <= most) return Number(given);
  const problem = `"${given}" is not a whole number from 0 to ${most}`;
  throw new InvalidInput({ thing: name, problem, remedy: 'give a number such as 4' });
}

/** Sockets of libvirtd and of its successor for QEMU. */
const DAEMONS = ['libvirt-sock', 'virtqemud-sock'];
const NO_DOMAINS: DomainUses = new Map();

/** VFs that domains ask for: of the libvirt given, else of this host's if it answers. */
export async function domainUses(
  connect: string | undefined,
  root: string,
  io: Pick<Io, 'err' | 'env'>,
): Promise<DomainUses> {
  const uri = libvirtUri(connect, io.env);
  if (connect !== undefined) uriOfHere(uri, 'its VFs');
  const sockets = daemonSockets();
  const there =
    root === '/' && (io.env.LIBVIRT_DEFAULT_URI || DAEMONS.some((one) => sockets.includes(one)));
  if (connect === undefined && (!there || isRemote(uri))) return NO_DOMAINS;
  const { readDomainUses } = await import('../../../sriov/users/domains.js');
  try {
    return await withLibvirt(uri, readDomainUses);
  } catch (error) {
    if (connect !== undefined || !(error instanceof Error)) throw error;
    say(io, `domains are not known: ${error.message}`);
    return NO_DOMAINS;
  }
}

const writeColumns: Column<Write>[] = [
  { key: 'value', value: ({ value }) => value, text: ({ value }) => value || '(nothing)' },
  { key: 'path', value: ({ path }) => path },
];

/** A table of writes to sysfs, in their order. */
export function writesTable(writes: readonly Write[]) {
  return table('writes', writeColumns, writes);
}

/** How a table shows what may be absent. */
export function dash(value: Json | undefined): string {
  return value === undefined || value === null || value === '' ? '-' : String(value);
}
