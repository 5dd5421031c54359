/** Checks a host for guests on the fast lane: reads facts first, then judges them. */
import { lookAt } from '../../system/look/index.js';
import { type Ask, askNobody, askProgram } from '../../system/processes/programs.js';
import type { CheckRequest, FactsOf, Reader, Reads, View } from './check.js';
import { kvm, virtualisation } from './cpu.js';
import type { Found, Purpose } from './finding.js';
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
import { vhostNet } from './vhost-net.js';

export type { CheckRequest } from './check.js';
export type { Level, Purpose } from './finding.js';

/** All checks, in the order of the output. */
export const CHECKS = [
  ...([virtualisation, kvm, vhostNet, iommu, cmdline, pages, memlock, vfio] as const),
  ...([qemu, libvirt, daemon, qemuConf, security] as const),
  ...([sockets, switchRuns, guests, nics, firmware, logs] as const),
] as const;

/** Readers of any check. */
type SomeReads = (typeof CHECKS)[number]['reads'];
type Together<U> = (U extends unknown ? (one: U) => void : never) extends (all: infer A) => void
  ? A
  : never;

/** The facts of all checks, by the names of their readers. */
export type Facts = Together<SomeReads> extends infer R extends Reads ? FactsOf<R> : never;

/** What one check saw. Warnings and failures have a `remedy`. */
export interface Finding extends Found {
  check: string;
}

export const PURPOSES = ['vhost-user', 'sriov'] as const satisfies readonly Purpose[];

/** All findings, or those of some checks, in the order of CHECKS. Pure. */
export function check(facts: Facts, only: readonly string[] = []): Finding[] {
  const chosen = CHECKS.filter(({ name }) => only.length === 0 || only.includes(name));
  return chosen.flatMap((one) =>
    [...one.judge(facts)].map((found): Finding => ({ check: one.name, ...found })),
  );
}

/** Reads the facts of all checks, each once; changes nothing. `ask` runs programs; tests give their own. */
export async function readFacts(request: CheckRequest, ask?: Ask): Promise<Facts> {
  const begun = new Map<Reader<unknown>, unknown>();
  const host = lookAt(request.root);
  const view: View = {
    ...request,
    host,
    ask: ask ?? (host.live ? askProgram : askNobody),
    fact: async <T>(read: Reader<T>) => {
      if (!begun.has(read)) begun.set(read, read(view));
      return begun.get(read) as T | Promise<T>;
    },
  };
  const reads: Reads = Object.assign({}, ...CHECKS.map((one) => one.reads));
  const facts = Object.entries(reads).map(async ([name, read]) => [name, await view.fact(read)]);
  return Object.fromEntries(await Promise.all(facts)) as Facts;
}
