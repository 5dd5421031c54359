/** The pcap format, as far as tcpdump is given and gives it, in this machine's byte order (pcap-savefile(5)). */

/** Bytes before a record's frame. */
const RECORD = 16;
const ETHERNET = 1;

/** A file of Ethernet frames without one. */
export const EMPTY_PCAP = Buffer.alloc(24);
EMPTY_PCAP.writeUInt32LE(0xa1b2c3d4, 0);
EMPTY_PCAP.writeUInt16LE(2, 4);
EMPTY_PCAP.writeUInt16LE(4, 6);
EMPTY_PCAP.writeUInt32LE(262_144, 16);
EMPTY_PCAP.writeUInt32LE(ETHERNET, 20);

/** Whether a file's frames are Ethernet's. */
export function isOfEthernet(pcap: Buffer): boolean {
  return pcap.readUInt32LE(20) === ETHERNET;
}

/** Frame `number`, from 1; undefined: there are not so many. */
export function frameAt(pcap: Buffer, number: number): Buffer | undefined {
  let at = EMPTY_PCAP.length;
  for (let n = 1; at + RECORD <= pcap.length; n++) {
    const end = at + RECORD + pcap.readUInt32LE(at + 8);
    if (n === number) return pcap.subarray(at + RECORD, end);
    at = end;
  }
  return undefined;
}
