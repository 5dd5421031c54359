/** Ethernet frames as hexadecimal text. */

export const BROADCAST = 'ff:ff:ff:ff:ff:ff';

export interface FrameParts {
  to: string;
  from: string;
  /** Tags from the outside in: a VLAN, or type, priority and VLAN. */
  tags?: (number | { type: number; tci: number })[];
  type?: number;
  /** Of the whole frame. */
  length?: number;
  /** Makes frames differ. */
  seed?: number;
}

/** Address number n of the tests' guests. */
export function mac(n: number): string {
  return `02:00:00:00:${hex(n >> 8, 1)}:${hex(n & 255, 1)}`;
}

export function frame(parts: FrameParts): string {
  const { to, from, tags = [], type = 0x0800, length = 64, seed = 1 } = parts;
  const head = [
    to.replaceAll(':', ''),
    from.replaceAll(':', ''),
    ...tags.map((tag) =>
      typeof tag === 'number' ? `8100${hex(tag, 2)}` : `${hex(tag.type, 2)}${hex(tag.tci, 2)}`,
    ),
    hex(type, 2),
  ].join('');
  const rest = Math.max(0, length - head.length / 2);
  const filling = Array.from({ length: rest }, (_, i) => hex((seed * 31 + i * 7) & 255, 1));
  return (head + filling.join('')).slice(0, 2 * length);
}

function hex(value: number, bytes: number): string {
  return value.toString(16).padStart(2 * bytes, '0');
}
