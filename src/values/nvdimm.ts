/** Whether QEMU's machine has NVDIMMs: others do not know `nvdimm=on`, and the guest would not start. x86 only. */
export function hasNvdimms(machine: string): boolean {
  return /^(q35|pc)(-|$)/.test(machine);
}
