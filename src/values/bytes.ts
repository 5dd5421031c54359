const UNITS: Record<string, number> = { MiB: 2 ** 20, GiB: 2 ** 30, TiB: 2 ** 40 };

/** Bytes of a size that the schema accepted. Here, because the wrapper must not load the schema at start. */
export function sizeBytes(value: string): number {
  return Number.parseInt(value, 10) * (UNITS[value.slice(-3)] ?? Number.NaN);
}

/** The same of a label area, in KiB or MiB. */
export function labelBytes(value: string): number {
  const kibibytes = Number.parseInt(value, 10) * (value.endsWith('KiB') ? 1 : 1024);
  return kibibytes * 1024;
}
