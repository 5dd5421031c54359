import { InvalidInput } from '../values/errors.js';
import type { Host, Version } from './host.js';
import type { Backend } from './policy.js';

/** The QEMU versions that introduced what we use. Source: QEMU's change logs. */
export const SINCE = {
  'vhost-user': [2, 2],
  'reconnecting to a vhost-user socket': [2, 7],
  'memory-backend-memfd': [2, 12],
  'x-use-canonical-path-for-ramblock-id': [4, 0],
  'machine memory-backend': [5, 0],
  'a VF token': [8, 1],
  'USO offloads': [8, 2],
  'board NICs wherever there is room': [9, 0],
  // Before it, what an emulated processor writes to a page once it was copied can be lost: the pages of a round were
  // marked clean, and its TLB not told. Source: QEMU's commit 03bfc2188f, "physmem: Fix migration dirty bitmap
  // coherency with TCG memory access"; 6 of 12 such moves without any NIC ended in a crash with 7.2, none of 12 with 10.0.
  'moves of emulated guests that run meanwhile': [9, 0],
  'reconnect-ms': [9, 2],
} as const satisfies Record<string, Version>;

export type Feature = keyof typeof SINCE;

/** Whether QEMU has it; an unknown QEMU counts as a current one, 5.0 to 8.1. */
export function has(host: Host, feature: Feature): boolean {
  return atLeast(host.version ?? [8, 1], SINCE[feature]);
}

/** @throws InvalidInput if this QEMU is known to be too old for the back end */
export function checkBackend(backend: Backend, host: Host): void {
  if (backend.kind !== 'vhost-user') return;
  need(host, 'vhost-user', 'use a newer QEMU or the back end vhost-net');
  if (backend.listener === 'qemu') return;
  need(
    host,
    'reconnecting to a vhost-user socket',
    'use a newer QEMU or let QEMU listen (listener: qemu)',
  );
}

/** @throws InvalidInput if this QEMU is known to be too old */
export function need(host: Host, feature: Feature, remedy: string): void {
  if (has(host, feature)) return;
  throw new InvalidInput({
    thing: `QEMU ${host.version?.join('.')}`,
    problem: `${feature} needs QEMU ${SINCE[feature].join('.')}`,
    remedy,
  });
}

/** The version in the output of `QEMU --version`; undefined if it is not QEMU's. */
export function parseVersion(text: string): Version | undefined {
  const match = /^QEMU (?:PC )?emulator version (\d+)\.(\d+)/m.exec(text);
  return match ? [Number(match[1]), Number(match[2])] : undefined;
}

/** Whether a version is this one or a later one. */
export function atLeast([major, minor]: Version, [needMajor, needMinor]: Version): boolean {
  return major > needMajor || (major === needMajor && minor >= needMinor);
}
