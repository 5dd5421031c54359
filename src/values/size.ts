const UNITS = 'bkmgtpe';
const SIZE = /^([0-9]+(?:\.[0-9]+)?)([bkmgtpe])?$/i;

/**
 * A size in QEMU's form (`262144k`, `2G`, `1.5g`), in bytes; without a suffix its unit is
 * `defaultUnit`, one of QEMU's letters. Undefined when it is not a size. Source: qemu_strtosz.
 */
export function parseSize(text: string, defaultUnit: 'b' | 'm'): number | undefined {
  const match = SIZE.exec(text);
  if (match === null) return undefined;
  const power = UNITS.indexOf((match[2] ?? defaultUnit).toLowerCase());
  const bytes = Math.trunc(Number(match[1]) * 1024 ** power);
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}
