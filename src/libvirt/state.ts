/** States of a domain, in the words of `virsh domstate`; the index is libvirt's virDomainState. */
const STATES = [
  'no state',
  'running',
  'idle',
  'paused',
  'in shutdown',
  'shut off',
  'crashed',
  'pmsuspended',
] as const;

/** State of a domain, in the words of `virsh domstate`. */
export type DomainState = (typeof STATES)[number];

/** The name for libvirt's number; unknown numbers are 'no state', as in virsh. */
export function domainState(code: number): DomainState {
  return STATES[code] ?? 'no state';
}
