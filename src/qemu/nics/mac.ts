/** QEMU's own addresses begin so. */
const QEMU = [0x52, 0x54, 0];

/**
 * A MAC in any spelling that QEMU reads, as `52:54:00:12:34:56`; undefined if it is none. `-nic` also takes the last
 * three bytes as a number. Source: net_parse_macaddr in net/net.c, set_mac in hw/core/qdev-properties.c.
 */
export function plainMac(text: string): string | undefined {
  if (/^(0x[\da-f]{1,6}|\d{1,8})$/i.test(text)) {
    const number = Number(/^0\d/.test(text) ? `0o${text}` : text);
    if (!(number <= 0xffffff)) return undefined;
    return written([...QEMU, number >> 16, (number >> 8) & 0xff, number & 0xff]);
  }
  const bytes = text.split(/[:-]/);
  if (bytes.length !== 6 || !bytes.every((one) => /^[\da-f]{1,2}$/i.test(one))) return undefined;
  return written(bytes.map((one) => Number.parseInt(one, 16)));
}

function written(bytes: readonly number[]): string {
  return bytes.map((one) => one.toString(16).padStart(2, '0')).join(':');
}
