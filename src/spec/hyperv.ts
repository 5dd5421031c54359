/** Hyper-V's enlightenments, as libvirt names them. vendor_id, which has a value, is for a template. */
export const HYPERV = [
  'relaxed',
  'vapic',
  'spinlocks',
  'vpindex',
  'runtime',
  'synic',
  'stimer',
  'reset',
  'frequencies',
  'reenlightenment',
  'tlbflush',
  'ipi',
  'evmcs',
  'avic',
] as const;

export type HypervFeature = (typeof HYPERV)[number];

/** What QEMU wants with them; it refuses to start otherwise (target/i386/kvm/kvm.c, kvm_hyperv_properties). */
export const HYPERV_NEEDS: Partial<Record<HypervFeature, readonly HypervFeature[]>> = {
  synic: ['vpindex'],
  stimer: ['synic'],
  tlbflush: ['vpindex'],
  ipi: ['vpindex'],
  evmcs: ['vapic'],
};
