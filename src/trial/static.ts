const PT_INTERP = 3;

/**
 * Whether a program needs no loader, and so no libraries: a 64-bit ELF of which no segment names one (elf(5)).
 * False for anything else.
 */
export function isStatic(program: Buffer): boolean {
  const isElf =
    program.length >= 64 && program.subarray(0, 6).equals(Buffer.from('\x7fELF\x02\x01', 'latin1'));
  if (!isElf) return false;
  const at = Number(program.readBigUInt64LE(32));
  const size = program.readUInt16LE(54);
  const count = program.readUInt16LE(56);
  if (size === 0 || at + size * count > program.length) return false;
  for (let index = 0; index < count; index++) {
    if (program.readUInt32LE(at + size * index) === PT_INTERP) return false;
  }
  return count > 0;
}
