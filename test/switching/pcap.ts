/** Capture files (pcap, little-endian, Ethernet) of frames as hexadecimal text. */

const MAGIC = 0xa1b2c3d4;
/** Times in nanoseconds, as DPDK writes them. */
const MAGIC_NANO = 0xa1b23c4d;
const HEADER = 24;
const RECORD = 16;
const LONGEST = 65_535;

export function toPcap(frames: string[]): Buffer {
  const header = Buffer.alloc(HEADER);
  header.writeUInt32LE(MAGIC, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(LONGEST, 16);
  header.writeUInt32LE(1, 20);
  const records = frames.flatMap((text) => {
    const bytes = Buffer.from(text, 'hex');
    const record = Buffer.alloc(RECORD);
    record.writeUInt32LE(bytes.length, 8);
    record.writeUInt32LE(bytes.length, 12);
    return [record, bytes];
  });
  return Buffer.concat([header, ...records]);
}

export function fromPcap(file: Buffer): string[] {
  if (![MAGIC, MAGIC_NANO].includes(file.readUInt32LE(0)))
    throw new Error('not a pcap file of this machine');
  const frames: string[] = [];
  for (let at = HEADER; at < file.length; ) {
    const end = at + RECORD + file.readUInt32LE(at + 8);
    frames.push(file.subarray(at + RECORD, end).toString('hex'));
    at = end;
  }
  return frames;
}
