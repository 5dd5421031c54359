import type { Problem } from '../values/problems.js';

/** Looks up what a spec leaves to the guest's host. */
export interface HostLookup {
  /** PCI address (`0000:3b:02.1`) of a VF by its PF's network device and its number, or why there is none. */
  vfAddress(pf: string, index: number): string | Pick<Problem, 'problem' | 'remedy'>;
  /** MAC of the VF that a relay joins; undefined: the relay is not known, or its device has none; or why nobody knows. */
  relayMac(relay: string): string | undefined | Pick<Problem, 'problem' | 'remedy'>;
}

/** Refuses look-ups, for specs that must mean the same on every host. */
export const noHost: HostLookup = {
  vfAddress: () => ({
    problem: 'the VF is known by its PF, and there is no host to ask',
    remedy: 'give its address',
  }),
  relayMac: () => ({
    problem: "is that of the relay's VF, and there is no host to ask",
    remedy: 'give it',
  }),
};
