/** What is wrong with a host for guests on the fast lane. Pure: facts in, findings out. */
import { kvm, virtualisation } from './cpu.js';
import type { Facts } from './facts.js';
import type { Found, Level, Purpose } from './finding.js';
import { guests } from './guests.js';
import { cmdline, iommu } from './iommu.js';
import { daemon } from './libvirt.js';
import { memlock } from './limits.js';
import { logs } from './logs.js';
import { firmware, nics } from './nics.js';
import { pages } from './pages.js';
import { qemuConf } from './qemu-conf.js';
import { security } from './security.js';
import { sockets } from './sockets.js';
import { switchRuns } from './switch.js';
import { libvirt, qemu } from './versions.js';
import { vfio } from './vfio.js';

export type { Facts } from './facts.js';
export type { Level, Purpose } from './finding.js';
export { type Look, readFacts } from './read/index.js';

/** One thing to look at. */
export interface Check {
  name: string;
  /** What it can come to. */
  levels: readonly Level[];
  look(facts: Facts): Iterable<Found>;
}

/** What one check saw. `remedy` is there for warnings and failures. */
export interface Finding extends Found {
  check: string;
}

const ALL: readonly Level[] = ['ok', 'warning', 'failure'];
/** Guests work all the same. */
const MILD: readonly Level[] = ['ok', 'warning'];

/** In the order of the output. */
export const CHECKS: readonly Check[] = [
  { name: 'cpu', levels: MILD, look: virtualisation },
  { name: 'kvm', levels: MILD, look: kvm },
  { name: 'iommu', levels: ALL, look: iommu },
  { name: 'cmdline', levels: ALL, look: cmdline },
  { name: 'pages', levels: MILD, look: pages },
  { name: 'memlock', levels: MILD, look: memlock },
  { name: 'vfio', levels: ALL, look: vfio },
  { name: 'qemu', levels: ALL, look: qemu },
  { name: 'libvirt', levels: ALL, look: libvirt },
  { name: 'daemon', levels: ALL, look: daemon },
  { name: 'qemu-conf', levels: ALL, look: qemuConf },
  { name: 'security', levels: ALL, look: security },
  { name: 'sockets', levels: ALL, look: sockets },
  { name: 'switch', levels: MILD, look: switchRuns },
  { name: 'guests', levels: ALL, look: guests },
  { name: 'nics', levels: ALL, look: nics },
  { name: 'firmware', levels: ALL, look: firmware },
  { name: 'logs', levels: MILD, look: logs },
];

export const PURPOSES = ['vhost-user', 'sriov'] as const satisfies readonly Purpose[];

/** All findings, or those of some checks, in the order of CHECKS. */
export function check(facts: Facts, only: readonly string[] = []): Finding[] {
  const chosen = CHECKS.filter(({ name }) => only.length === 0 || only.includes(name));
  return chosen.flatMap(({ name, look }) =>
    [...look(facts)].map((found): Finding => ({ check: name, ...found })),
  );
}
