/** Facts that several checks read. */

import { qemuAccount } from '../../system/accounts/qemu.js';
import { readRelease } from '../../system/os/release.js';
import { daemonSockets, daemonUnits, findDaemons } from '../../system/processes/daemons.js';
import type { Account } from '../../values/access.js';
import { DISTRIBUTIONS, type Distribution } from '../../values/distributions.js';
import type { View } from './check.js';
import type { Purpose } from './finding.js';

/** What guests will use. */
export const purpose = (view: View): Purpose => view.purpose;

/** The user that libvirt runs QEMU as; undefined if unknown. */
export const account = ({ host }: View): Account | undefined => qemuAccount(host);

export interface DaemonFacts {
  /** libvirtd or virtqemud, by name and process. */
  running: readonly { name: string; pid: number }[];
  /** Existing sockets below /run/libvirt: `libvirt-sock`. */
  sockets: readonly string[];
  /** Units of libvirt that systemd starts. */
  units: readonly string[];
}

/** libvirt's daemons. */
export const daemon = ({ host }: View): DaemonFacts => ({
  running: findDaemons(host).map(({ name, pid }) => ({ name, pid })),
  sockets: daemonSockets(host),
  units: daemonUnits(host),
});

/** The host's distribution, for remedies; Debian if we do not know it. */
export const distribution = ({ host }: View): Distribution =>
  readRelease(host).known ?? DISTRIBUTIONS.debian;
