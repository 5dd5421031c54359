/**
 * Memory regions of a guest, as vhost-user shows them to a switch. With more than it takes, QEMU falls back to a NIC
 * of its own, without a network ("unable to start vhost net: 105").
 */

/** rte_vhost's VHOST_MEMORY_MAX_NREGIONS, to DPDK 25.11. */
export const REGIONS_MAX = 8;

/** What regions depend on. */
export interface MemoryLayout {
  /** QEMU's machine type, such as `pc-q35-7.2`; without one, QEMU's default on x86. */
  machine?: string | undefined;
  /** Bytes of each NUMA cell, in their order; of all the memory that is there at start if there are none. */
  cells: readonly number[];
  /** Memory devices: DIMMs, NVDIMMs and the like. */
  plugged: number;
}

const GIB = 2 ** 30;

/**
 * On x86 the VGA window below 1 MiB divides the first cell, and the hole below 4 GiB the cell that it lies in.
 * Measured with QEMU 7.2: 7 cells of 64 MiB are 8 regions, 8 are 9; each device is one.
 */
export function regionsOf({ machine = 'pc', cells, plugged }: MemoryLayout): number {
  const x86 = /q35|^(pc|isapc|xenfv|xenpv|ubuntu|rhel\d)/.test(machine);
  if (!x86) return cells.length + plugged;
  const hole = holeStart(
    machine,
    cells.reduce((sum, one) => sum + one, 0),
  );
  let start = 0;
  let divided = 1;
  for (const bytes of cells) {
    if (start < hole && hole < start + bytes) divided++;
    start += bytes;
  }
  return cells.length + divided + plugged;
}

/** Where RAM below 4 GiB ends. Source: pc_init1 and pc_q35_init of QEMU, without max-ram-below-4g. */
function holeStart(machine: string, bytes: number): number {
  if (/q35/.test(machine)) return bytes >= 2.75 * GIB ? 2 * GIB : 2.75 * GIB;
  return bytes >= 3.5 * GIB ? 3 * GIB : 3.5 * GIB;
}

/** Why no switch can serve a guest with this memory; undefined if one can. */
export function regionTrouble(
  layout: MemoryLayout,
): { problem: string; remedy: string } | undefined {
  const regions = regionsOf(layout);
  if (regions <= REGIONS_MAX) return undefined;
  const { cells, plugged } = layout;
  const parts = [
    ...(cells.length > 1 ? [`${cells.length} NUMA cells`] : []),
    ...(plugged > 0 ? [`${plugged} memory device${plugged === 1 ? '' : 's'}`] : []),
  ];
  return {
    problem: `its memory is in ${regions} regions (${parts.join(', ')}), and vhost-user takes ${REGIONS_MAX}: the guest would have no network`,
    remedy: 'give it fewer cells, or fewer and larger memory devices',
  };
}
