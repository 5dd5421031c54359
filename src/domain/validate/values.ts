/** Values as libvirt reads them. */

/** A whole number from `least` to `most`, written in digits. */
export function whole(text: string | undefined, least: number, most: number): number | undefined {
  if (text === undefined || !/^\d{1,15}$/.test(text)) return undefined;
  const number = Number(text);
  return number >= least && number <= most ? number : undefined;
}

const KIB = 1024;
const LETTERS = ['K', 'M', 'G', 'T', 'P', 'E'];

/** Bytes of a size; KiB where no unit is said. Source: virScaleInteger; libvirt counts memory in KiB and rounds up. */
export function bytesOf(text: string, unit: string | undefined): number | undefined {
  const number = whole(text.trim(), 0, Number.MAX_SAFE_INTEGER);
  const factor = factorOf(unit ?? 'KiB');
  if (number === undefined || factor === undefined) return undefined;
  return Math.ceil((number * factor) / KIB) * KIB;
}

function factorOf(unit: string): number | undefined {
  if (/^(b|bytes?)$/i.test(unit)) return 1;
  const [, letter = '', kind] = /^([KMGTPE])(iB|B)?$/i.exec(unit) ?? [];
  const power = LETTERS.indexOf(letter.toUpperCase()) + 1;
  if (power === 0) return undefined;
  return (kind?.toLowerCase() === 'b' ? 1000 : KIB) ** power;
}

/**
 * A PCI address `0000:01:10.0` from an `<address>`; its numbers are decimal or 0x. Undefined where one
 * is missing or out of range. Source: virPCIDeviceAddressParseXML.
 */
export function pciAddress(read: (name: string) => string | undefined): string | undefined {
  const part = (name: string, most: number, digits: number, otherwise?: string) => {
    const text = read(name) ?? otherwise ?? '';
    const value = /^(0x[0-9a-f]{1,8}|\d{1,10})$/i.test(text) ? Number(text) : Number.NaN;
    return value <= most ? value.toString(16).padStart(digits, '0') : undefined;
  };
  const parts = [
    part('domain', 0xffff, 4, '0'),
    part('bus', 0xff, 2),
    part('slot', 0x1f, 2),
    part('function', 7, 1),
  ];
  if (parts.includes(undefined)) return undefined;
  const [domain, bus, slot, fn] = parts;
  return `${domain}:${bus}:${slot}.${fn}`;
}
