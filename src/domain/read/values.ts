/** Values as libvirt reads them. */

/** A whole number from `least` to `most`, written in digits. */
export function whole(text: string | undefined, least: number, most: number): number | undefined {
  if (text === undefined || !/^\d{1,15}$/.test(text)) return undefined;
  const number = Number(text);
  return number >= least && number <= most ? number : undefined;
}

const KIB = 1024;
const LETTERS = ['K', 'M', 'G', 'T', 'P', 'E'];

/** Bytes of a size; KiB if there is no unit. Source: virScaleInteger; libvirt counts memory in KiB and rounds up. */
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
