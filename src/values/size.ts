const UNITS = 'bkmgtpe';
const SIZE = /^([0-9]+(?:\.[0-9]+)?)([bkmgtpe])?$/i;
/** Here b and e are digits. */
const HEX = /^(0x[0-9a-f]+)([kmgtp])?$/i;

/**
 * A size in QEMU's form (`262144k`, `2G`, `1.5g`, `0x400`), in bytes; without a suffix its unit is
 * `defaultUnit`, one of QEMU's letters. Undefined when it is not a size. Source: qemu_strtosz.
 */
export function parseSize(text: string, defaultUnit: 'b' | 'm'): number | undefined {
  const match = HEX.exec(text) ?? SIZE.exec(text);
  if (match === null) return undefined;
  const power = UNITS.indexOf((match[2] ?? defaultUnit).toLowerCase());
  const bytes = Math.trunc(Number(match[1]) * 1024 ** power);
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}
