import type { Host } from '../host.js';
import { OFFLOADS, type Policy } from '../policy.js';
import { has } from '../version.js';

/** Further offloads of QEMU 8.2, on unless turned off. */
const USO = ['host_uso', 'guest_uso4', 'guest_uso6'];

/** Offloads that require another one. Source: virtio 1.2, 5.1.3.1. */
function base(offload: string): string {
  return offload.startsWith('guest_') ? 'guest_csum' : 'csum';
}

/** The properties to turn off on a rewritten NIC, in order. */
export function offloadsOff({ keepOffloads }: Policy, host: Host): string[] {
  if (keepOffloads === 'all') return [];
  const kept: ReadonlySet<string> = new Set([...keepOffloads, ...keepOffloads.map(base)]);
  const all = [...OFFLOADS, ...(has(host, 'USO offloads') ? USO : [])];
  return all.filter((offload) => !kept.has(offload));
}
