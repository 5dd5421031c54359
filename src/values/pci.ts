/** Addresses of PCI functions, such as 0000:3b:02.1: the only place that reads and writes them. */

/** The domain is optional, as in lspci; slots go to 1f, functions to 7. */
export const PCI_ADDRESS = /^(?:[0-9a-fA-F]{4}:)?[0-9a-fA-F]{2}:[01][0-9a-fA-F]\.[0-7]$/;

/** An address in sysfs's form, with its domain and in lower case; undefined: invalid. */
export function pciAddress(given: string): string | undefined {
  if (!PCI_ADDRESS.test(given)) return undefined;
  return (given.length === '3b:02.1'.length ? `0000:${given}` : given).toLowerCase();
}

const WITHIN = /(?<![0-9a-f:])(?:[0-9a-f]{4}:)?[0-9a-f]{2}:[01][0-9a-f]\.[0-7]\b/gi;

/** The addresses within a text, such as a command line. */
export function pciAddressesIn(text: string): string[] {
  return (text.match(WITHIN) ?? []).flatMap((word) => pciAddress(word) ?? []);
}

/** The parts of an address, under libvirt's names. */
export interface PciParts {
  domain: number;
  bus: number;
  slot: number;
  function: number;
}

/** The parts of an address in pciAddress's form. */
export function pciParts(address: string): PciParts {
  const parts = address.split(/[:.]/).map((part) => Number.parseInt(part, 16));
  const [domain = 0, bus = 0, slot = 0, fn = 0] = parts;
  return { domain, bus, slot, function: fn };
}

/** The address of parts within their ranges. */
export function pciText(parts: PciParts): string {
  const [domain, bus, slot, fn] = PARTS.map(([name, , digits]) => hex(parts[name], digits));
  return `${domain}:${bus}:${slot}.${fn}`;
}

/** Name, greatest value and digits of each part. */
const PARTS = [
  ['domain', 0xffff, 4],
  ['bus', 0xff, 2],
  ['slot', 0x1f, 2],
  ['function', 7, 1],
] as const;

/** The parts as attributes of libvirt's `<address>`: `0x3b`. */
export function pciAttributes(address: string): Record<keyof PciParts, string> {
  const parts = pciParts(address);
  const written = PARTS.map(([name, , digits]) => [name, `0x${hex(parts[name], digits)}`]);
  return Object.fromEntries(written) as Record<keyof PciParts, string>;
}

/**
 * The address in an `<address>` of libvirt; its numbers are decimal or 0x, and those left out are 0. Undefined
 * when all are left out, or one is out of range. Source: virPCIDeviceAddressParseXML.
 */
export function pciAddressOf(read: (name: string) => string | undefined): string | undefined {
  if (PARTS.every(([name]) => read(name) === undefined)) return undefined;
  const parts = PARTS.map(([name, most]) => {
    const text = read(name) ?? '0';
    const value = /^(0x[0-9a-f]{1,8}|\d{1,10})$/i.test(text) ? Number(text) : Number.NaN;
    return [name, value <= most ? value : Number.NaN] as const;
  });
  if (parts.some(([, value]) => Number.isNaN(value))) return undefined;
  return pciText(Object.fromEntries(parts) as unknown as PciParts);
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0');
}
