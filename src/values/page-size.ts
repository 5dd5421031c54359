/** Sizes of huge pages, as options name them. */
import { InvalidInput } from './errors.js';

/** Bytes of the units that they are said in. */
const PAGE_UNITS: Readonly<Record<string, number>> = {
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
};

/** `2MiB`, `1GiB` in bytes; undefined: no size of huge pages that any processor has (64 KiB to 16 GiB). */
export function parsePageSize(text: string): number | undefined {
  const [, size, unit = ''] = /^(\d{1,6})(KiB|MiB|GiB)$/.exec(text) ?? [];
  const bytes = Number(size) * (PAGE_UNITS[unit] ?? 0);
  return bytes >= 2 ** 16 && Math.log2(bytes) % 1 === 0 && bytes <= 2 ** 34 ? bytes : undefined;
}

/** The bytes of the size that an option or setting gives. @throws InvalidInput naming it */
export function wantedPageSize(option: string, text: string): number {
  const bytes = parsePageSize(text);
  if (bytes !== undefined) return bytes;
  const problem = 'no size of huge pages';
  throw new InvalidInput({ thing: `${option} ${text}`, problem, remedy: 'give 2MiB or 1GiB' });
}

/** Such a size as parsePageSize reads it: `2MiB`. None stays none. */
export function pageSizeWord<B extends number | undefined>(bytes: B): string | (B & undefined);
export function pageSizeWord(bytes: number | undefined): string | undefined {
  if (bytes === undefined) return undefined;
  const unit = ['GiB', 'MiB', 'KiB'].find((one) => bytes % (PAGE_UNITS[one] ?? 1) === 0) ?? 'KiB';
  return `${bytes / (PAGE_UNITS[unit] ?? 1)}${unit}`;
}
