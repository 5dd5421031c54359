import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../src/switch/paths.js';
import { SANITIZED } from '../sanitized.js';

/** The fuzz targets of native/ (native/README.md, "Hardening"), by room. */
const PROGRAMS = {
  ring: 'ring/ring_fuzz',
  gso: 'ring/gso_fuzz',
  classify: 'datapath/classify_fuzz',
  bpf: 'datapath/bpf_fuzz',
  guard: 'datapath/guard_fuzz',
  vhost_message: 'vhost/vhost_message_fuzz',
  vhost: 'vhost/vhost_fuzz',
  rpc: 'control/rpc_fuzz',
  state: 'control/state_fuzz',
} as const;

export type Target = keyof typeof PROGRAMS;
export const TARGETS = Object.keys(PROGRAMS) as Target[];

export function isTarget(name: string): name is Target {
  return Object.hasOwn(PROGRAMS, name);
}

export function programOf(target: Target): string {
  return join(packageRoot(), 'build', SANITIZED.address, PROGRAMS[target]);
}

/** The one of rte_vhost is not where DPDK's source cannot be fetched (setup/vhost-source). */
export function isBuilt(target: Target): boolean {
  return existsSync(programOf(target));
}
