import type { Member } from './member.js';

/**
 * Splits `driver,key=value,flag,path=a,,b`. A doubled comma is a comma of the value.
 * `implied` is the key of a first word without `=`; a later one is a flag, set to `on`.
 * Empty pieces (a comma at the end, which QEMU allows) are dropped. Source: util/keyval.c and
 * util/qemu-option.c of QEMU.
 */
export function splitKeyval(text: string, implied: string): Member[] {
  return pieces(text)
    .filter((piece) => piece !== '')
    .map((piece, index) => toMember(piece, index === 0 ? implied : undefined));
}

function toMember(piece: string, implied: string | undefined): Member {
  const equals = piece.indexOf('=');
  const comma = piece.indexOf(',');
  const hasKey = equals >= 0 && (comma < 0 || equals < comma);
  if (hasKey) {
    const value = unescapeCommas(piece.slice(equals + 1));
    return { key: piece.slice(0, equals), value, text: piece };
  }
  if (implied !== undefined) {
    return { key: implied, value: unescapeCommas(piece), text: piece, implied: true };
  }
  return { key: piece, value: 'on', text: piece };
}

/** Cuts at single commas, from the left: of three in a row, the third separates. */
function pieces(text: string): string[] {
  const found: string[] = [];
  let from = 0;
  for (let at = 0; at < text.length; at++) {
    if (text[at] !== ',') continue;
    if (text[at + 1] === ',') {
      at++;
      continue;
    }
    found.push(text.slice(from, at));
    from = at + 1;
  }
  return [...found, text.slice(from)];
}

function unescapeCommas(text: string): string {
  return text.replaceAll(',,', ',');
}
