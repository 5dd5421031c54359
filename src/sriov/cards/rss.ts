/** Pools and receive queues of RSS in the VFs of an 82599. */

/** How a number of VFs divides a port's 128 queues. */
export interface RssPlan {
  /** By the guide: RX queues of a VF. */
  guide: { pools: 32 | 64; queues: readonly number[] };
  /** By DPDK's driver: RX queues of a pool (ixgbe_pf_host_init). */
  driver: { pools: 16 | 32 | 64; queues: 2 | 4 | 8 };
  /** RX queues of a VF allowed by both. */
  queues: readonly number[];
}

/** RX modes of the PF required for RSS in VFs, by their names in DPDK. */
export const RSS_MODES = ['VMDQ_RSS', 'RSS'] as const;

/** Guide and driver differ in their thresholds: 33 VFs or 32, and the driver again at 16. */
export function rssPlan(vfs: number): RssPlan {
  const guide =
    vfs <= 32 ? ({ pools: 32, queues: [4, 2] } as const) : ({ pools: 64, queues: [2] } as const);
  const driver =
    vfs >= 32
      ? ({ pools: 64, queues: 2 } as const)
      : vfs >= 16
        ? ({ pools: 32, queues: 4 } as const)
        : ({ pools: 16, queues: 8 } as const);
  return { guide, driver, queues: guide.queues.filter((queues) => queues <= driver.queues) };
}
